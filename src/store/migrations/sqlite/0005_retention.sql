-- 0005 retention (not breaking): what a job leaves in the journal and in the log streams can be deleted once it has ended, and never changed.

CREATE TRIGGER journal_is_history BEFORE UPDATE ON journal
BEGIN
  SELECT RAISE(ABORT, 'what has happened cannot be changed');
END;

-- `created` says which members of the request are not honoured, and stays as long as the job.
CREATE TRIGGER journal_stays_with_the_job BEFORE DELETE ON journal
WHEN EXISTS (SELECT 1 FROM jobs WHERE id = OLD.job_id
  AND (status IN ('InProgress', 'Stopping', 'Deleting') OR OLD.kind = 'created'))
BEGIN
  SELECT RAISE(ABORT, 'this entry of the journal stays with its job');
END;

CREATE TRIGGER log_streams_stay_with_the_job BEFORE DELETE ON log_streams
WHEN EXISTS (SELECT 1 FROM jobs WHERE id = OLD.job_id AND status IN ('InProgress', 'Stopping', 'Deleting'))
BEGIN
  SELECT RAISE(ABORT, 'the log streams of a job stay until it has ended');
END;
