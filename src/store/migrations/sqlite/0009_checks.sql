-- 0009 checks (not breaking): the same rules, said in a way that costs less.

-- SQLite fills a table with the values of each `x IN (…)` of three or more whenever it evaluates one. One change of a job evaluated ten of them, a third of all that it
-- cost; comparisons with each value need no table. What a CHECK says is changed in the text of the schema, as no row changes by it
-- (https://www.sqlite.org/lang_altertable.html#otheralter).
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql,
'CHECK (status IN (''InProgress'', ''Completed'', ''Failed'', ''Stopping'', ''Stopped'', ''Deleting''))',
'CHECK (status = ''InProgress'' OR status = ''Completed'' OR status = ''Failed'' OR status = ''Stopping'' OR status = ''Stopped'' OR status = ''Deleting'')')
WHERE name = 'jobs';
UPDATE sqlite_schema SET sql = replace(sql,
'CHECK (secondary_status IN (''Starting'', ''Pending'', ''Downloading'', ''Training'', ''Uploading'',
                        ''Interrupted'', ''Restarting'', ''Stopping'', ''Completed'', ''Failed'', ''Stopped'', ''MaxRuntimeExceeded'', ''MaxWaitTimeExceeded''))',
'CHECK (secondary_status = ''Starting'' OR secondary_status = ''Pending'' OR secondary_status = ''Downloading'' OR secondary_status = ''Training''
                        OR secondary_status = ''Uploading'' OR secondary_status = ''Interrupted'' OR secondary_status = ''Restarting''
                        OR secondary_status = ''Stopping'' OR secondary_status = ''Completed'' OR secondary_status = ''Failed''
                        OR secondary_status = ''Stopped'' OR secondary_status = ''MaxRuntimeExceeded'' OR secondary_status = ''MaxWaitTimeExceeded'')')
WHERE name = 'jobs';
UPDATE sqlite_schema SET sql = replace(sql,
'CHECK (stop_cause IN (''user'', ''max-runtime'', ''max-wait'', ''max-pending''))',
'CHECK (stop_cause = ''user'' OR stop_cause = ''max-runtime'' OR stop_cause = ''max-wait'' OR stop_cause = ''max-pending'')')
WHERE name = 'jobs';
UPDATE sqlite_schema SET sql = replace(sql,
'CHECK (warm_pool_status IN (''InUse'', ''Available'', ''Reused'', ''Terminated''))',
'CHECK (warm_pool_status = ''InUse'' OR warm_pool_status = ''Available'' OR warm_pool_status = ''Reused'' OR warm_pool_status = ''Terminated'')')
WHERE name = 'jobs';
UPDATE sqlite_schema SET sql = replace(sql,
'CHECK ((status IN (''Completed'', ''Failed'', ''Stopped'', ''Deleting''))
       = (secondary_status IN (''Completed'', ''Failed'', ''Stopped'', ''MaxRuntimeExceeded'', ''MaxWaitTimeExceeded'')))',
'CHECK ((status = ''Completed'' OR status = ''Failed'' OR status = ''Stopped'' OR status = ''Deleting'')
       = (secondary_status = ''Completed'' OR secondary_status = ''Failed'' OR secondary_status = ''Stopped'' OR secondary_status = ''MaxRuntimeExceeded''
          OR secondary_status = ''MaxWaitTimeExceeded''))')
WHERE name = 'jobs';
UPDATE sqlite_schema SET sql = replace(sql,
'CHECK (status IN (''Starting'', ''Pending'', ''Downloading'', ''Training'', ''Uploading'', ''Interrupted'',
               ''Restarting'', ''Stopping'', ''Completed'', ''Failed'', ''Stopped'', ''MaxRuntimeExceeded'', ''MaxWaitTimeExceeded''))',
'CHECK (status = ''Starting'' OR status = ''Pending'' OR status = ''Downloading'' OR status = ''Training'' OR status = ''Uploading''
               OR status = ''Interrupted'' OR status = ''Restarting'' OR status = ''Stopping'' OR status = ''Completed'' OR status = ''Failed''
               OR status = ''Stopped'' OR status = ''MaxRuntimeExceeded'' OR status = ''MaxWaitTimeExceeded'')')
WHERE name = 'transitions';
PRAGMA writable_schema = RESET;

DROP INDEX jobs_unfinished;
CREATE INDEX jobs_unfinished ON jobs (id) WHERE status = 'InProgress' OR status = 'Stopping' OR status = 'Deleting';

DROP TRIGGER jobs_terminal_is_final;
CREATE TRIGGER jobs_terminal_is_final BEFORE UPDATE ON jobs
WHEN (OLD.status = 'Completed' OR OLD.status = 'Failed' OR OLD.status = 'Stopped' OR OLD.status = 'Deleting')
  AND NOT (NEW.status IN (OLD.status, 'Deleting')
    AND (NEW.secondary_status, NEW.training_start_time, NEW.training_end_time, NEW.failure_reason, NEW.model_artifacts,
         NEW.final_metrics, NEW.stop_cause, NEW.outcome, NEW.attempt)
     IS (OLD.secondary_status, OLD.training_start_time, OLD.training_end_time, OLD.failure_reason, OLD.model_artifacts,
         OLD.final_metrics, OLD.stop_cause, OLD.outcome, OLD.attempt))
BEGIN
  SELECT RAISE(IGNORE);
END;

DROP TRIGGER transitions_are_history;
CREATE TRIGGER transitions_are_history BEFORE UPDATE ON transitions
WHEN NEW.status <> OLD.status OR NEW.start_time <> OLD.start_time
  OR (OLD.end_time IS NOT NULL AND NEW.end_time IS NOT OLD.end_time)
  OR (OLD.end_time IS NOT NULL AND NEW.message <> OLD.message
    AND NOT (OLD.status = 'Completed' OR OLD.status = 'Failed' OR OLD.status = 'Stopped' OR OLD.status = 'MaxRuntimeExceeded'
      OR OLD.status = 'MaxWaitTimeExceeded'))
BEGIN
  SELECT RAISE(ABORT, 'a transition that has happened cannot be changed');
END;

DROP TRIGGER transitions_end_with_the_job;
CREATE TRIGGER transitions_end_with_the_job BEFORE INSERT ON transitions
WHEN EXISTS (SELECT 1 FROM transitions WHERE job_id = NEW.job_id AND seq < NEW.seq
  AND (status = 'Completed' OR status = 'Failed' OR status = 'Stopped' OR status = 'MaxRuntimeExceeded' OR status = 'MaxWaitTimeExceeded'))
BEGIN
  SELECT RAISE(ABORT, 'nothing follows a terminal transition');
END;
