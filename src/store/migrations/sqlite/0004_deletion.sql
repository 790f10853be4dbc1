-- 0004 deletion (breaking): jobs can be deleted, with all that hangs on them but their journal and their logs.

-- Jobs whose deletion was asked for are finished at the next start too.
DROP INDEX jobs_unfinished;
CREATE INDEX jobs_unfinished ON jobs (id) WHERE status IN ('InProgress', 'Stopping', 'Deleting');

-- A Create that is sent again is answered as the first was (design, repeats). The key goes with its job: as a table of its own, which is found
-- by the key, it would have to be looked through for each job that is deleted.
ALTER TABLE jobs ADD COLUMN repeat_key TEXT;
UPDATE jobs SET repeat_key = repeats.repeat_key FROM repeats WHERE repeats.job_id = jobs.id;
CREATE UNIQUE INDEX jobs_by_repeat ON jobs (repeat_key) WHERE repeat_key IS NOT NULL;
DROP TABLE repeats;
