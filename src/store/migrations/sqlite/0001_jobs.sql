-- 0001 jobs (breaking): the record of every job, its transitions, journal, tags and log streams.
-- Times are epoch milliseconds of job time. A JSON column holds what is only ever read whole.

CREATE TABLE jobs (
  id                  TEXT    PRIMARY KEY,
  account             TEXT    NOT NULL,
  region              TEXT    NOT NULL,
  name                TEXT    NOT NULL,
  name_folded         TEXT    NOT NULL,
  arn                 TEXT    NOT NULL,
  version             INTEGER NOT NULL,
  status              TEXT    NOT NULL CHECK (status IN ('InProgress', 'Completed', 'Failed', 'Stopping', 'Stopped', 'Deleting')),
  secondary_status    TEXT    NOT NULL CHECK (secondary_status IN ('Starting', 'Pending', 'Downloading', 'Training', 'Uploading',
                        'Interrupted', 'Restarting', 'Stopping', 'Completed', 'Failed', 'Stopped', 'MaxRuntimeExceeded', 'MaxWaitTimeExceeded')),
  creation_time       INTEGER NOT NULL,
  last_modified_time  INTEGER NOT NULL,
  training_start_time INTEGER,
  training_end_time   INTEGER,
  failure_reason      TEXT,
  model_artifacts     TEXT,
  final_metrics       TEXT,
  stop_cause          TEXT    CHECK (stop_cause IN ('user', 'max-runtime', 'max-wait', 'max-pending')),
  outcome             TEXT,
  attempt             INTEGER NOT NULL,
  request             TEXT    NOT NULL,
  document            TEXT    NOT NULL
) STRICT;

-- Names are unique without regard to case, because two that differ only in case would share an ARN (behaviour 2.4).
CREATE UNIQUE INDEX jobs_by_name ON jobs (account, region, name_folded);

-- Pages of ListTrainingJobs, newest first; they cover the summary, so that a page touches nothing else.
CREATE INDEX jobs_by_creation ON jobs (account, region, creation_time, id,
  name, arn, status, secondary_status, last_modified_time, training_end_time);
CREATE INDEX jobs_by_status ON jobs (account, region, status, creation_time, id,
  name, arn, secondary_status, last_modified_time, training_end_time);

-- What a server takes up again when it starts.
CREATE INDEX jobs_unfinished ON jobs (id) WHERE status IN ('InProgress', 'Stopping');

-- Terminal stays terminal, whoever writes: only the message of the last transition, warm-pool members and deletion may still change.
CREATE TRIGGER jobs_terminal_is_final BEFORE UPDATE OF status, secondary_status, training_end_time, failure_reason ON jobs
WHEN OLD.status IN ('Completed', 'Failed', 'Stopped')
  AND (NEW.status NOT IN (OLD.status, 'Deleting') OR NEW.secondary_status <> OLD.secondary_status
    OR NEW.training_end_time IS NOT OLD.training_end_time OR NEW.failure_reason IS NOT OLD.failure_reason)
BEGIN
  SELECT RAISE(IGNORE);
END;

CREATE TABLE transitions (
  job_id     TEXT    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  seq        INTEGER NOT NULL,
  status     TEXT    NOT NULL,
  start_time INTEGER NOT NULL,
  end_time   INTEGER,
  message    TEXT    NOT NULL,
  PRIMARY KEY (job_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
  cursor INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id TEXT    NOT NULL,
  kind   TEXT    NOT NULL,
  time   INTEGER NOT NULL,
  data   TEXT    NOT NULL
) STRICT;
CREATE INDEX journal_by_job ON journal (job_id, cursor);

CREATE TABLE tags (
  job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  key    TEXT NOT NULL,
  value  TEXT NOT NULL,
  PRIMARY KEY (job_id, key)
) STRICT, WITHOUT ROWID;

-- A Create that is sent again is answered as the first was (design, repeats).
CREATE TABLE repeats (
  repeat_key TEXT PRIMARY KEY,
  job_id     TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE log_streams (
  account       TEXT    NOT NULL,
  region        TEXT    NOT NULL,
  name          TEXT    NOT NULL,
  job_id        TEXT    NOT NULL,
  file          TEXT    NOT NULL,
  creation_time INTEGER NOT NULL,
  PRIMARY KEY (account, region, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX log_streams_by_job ON log_streams (job_id, name);
