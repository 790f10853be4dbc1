-- Made by `node scripts/dump-schema.ts`; a test fails when it is stale.

CREATE VIRTUAL TABLE job_names USING fts5(text, content='', contentless_delete=1, tokenize='trigram', detail='none');

CREATE TABLE 'job_names_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'job_names_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'job_names_docsize'(id INTEGER PRIMARY KEY, sz BLOB, origin INTEGER);

CREATE TABLE 'job_names_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE TABLE jobs (
  id                  TEXT    PRIMARY KEY,
  account             TEXT    NOT NULL,
  region              TEXT    NOT NULL,
  name                TEXT    NOT NULL,
  name_folded         TEXT    NOT NULL,
  arn                 TEXT    NOT NULL,
  version             INTEGER NOT NULL,
  status              TEXT    NOT NULL CHECK (status = 'InProgress' OR status = 'Completed' OR status = 'Failed' OR status = 'Stopping' OR status = 'Stopped' OR status = 'Deleting'),
  secondary_status    TEXT    NOT NULL CHECK (secondary_status = 'Starting' OR secondary_status = 'Pending' OR secondary_status = 'Downloading' OR secondary_status = 'Training'
                        OR secondary_status = 'Uploading' OR secondary_status = 'Interrupted' OR secondary_status = 'Restarting'
                        OR secondary_status = 'Stopping' OR secondary_status = 'Completed' OR secondary_status = 'Failed'
                        OR secondary_status = 'Stopped' OR secondary_status = 'MaxRuntimeExceeded' OR secondary_status = 'MaxWaitTimeExceeded'),
  creation_time       INTEGER NOT NULL,
  last_modified_time  INTEGER NOT NULL,
  training_start_time INTEGER,
  training_end_time   INTEGER,
  failure_reason      TEXT,
  model_artifacts     TEXT,
  final_metrics       TEXT,
  stop_cause          TEXT    CHECK (stop_cause = 'user' OR stop_cause = 'max-runtime' OR stop_cause = 'max-wait' OR stop_cause = 'max-pending'),
  outcome             TEXT,
  attempt             INTEGER NOT NULL,
  request             TEXT    NOT NULL,
  document            TEXT    NOT NULL, warm_pool_status TEXT CHECK (warm_pool_status = 'InUse' OR warm_pool_status = 'Available' OR warm_pool_status = 'Reused' OR warm_pool_status = 'Terminated'), repeat_key TEXT, placement TEXT, warm_pool TEXT, warm_pool_key TEXT, document_shared INTEGER NOT NULL DEFAULT 0,
  -- The two statuses end together (behaviour 1.1).
  CHECK ((status = 'Completed' OR status = 'Failed' OR status = 'Stopped' OR status = 'Deleting')
       = (secondary_status = 'Completed' OR secondary_status = 'Failed' OR secondary_status = 'Stopped' OR secondary_status = 'MaxRuntimeExceeded'
          OR secondary_status = 'MaxWaitTimeExceeded'))
) STRICT;

CREATE INDEX jobs_by_available_pool ON jobs (account, region, warm_pool_key, id) WHERE warm_pool_status = 'Available';

CREATE INDEX jobs_by_creation ON jobs (account, region, creation_time, id,
  name, status, secondary_status, last_modified_time, training_end_time, warm_pool_status);

CREATE INDEX jobs_by_modification ON jobs (account, region, last_modified_time, id,
  name, status, secondary_status, creation_time, training_end_time, warm_pool_status);

CREATE UNIQUE INDEX jobs_by_name ON jobs (account, region, name_folded);

CREATE UNIQUE INDEX jobs_by_pool_taker ON jobs (warm_pool ->> '$.by.jobId') WHERE warm_pool_status = 'Reused';

CREATE INDEX jobs_by_status ON jobs (account, region, status, creation_time, id,
  name, secondary_status, last_modified_time, training_end_time, warm_pool_status);

CREATE INDEX jobs_by_warm_pool ON jobs (account, region, warm_pool_status, creation_time, id,
  name, status, secondary_status, last_modified_time, training_end_time) WHERE warm_pool_status IS NOT NULL;

CREATE INDEX jobs_unfinished ON jobs (id) WHERE status = 'InProgress' OR status = 'Stopping' OR status = 'Deleting';

CREATE TRIGGER jobs_take_their_names AFTER DELETE ON jobs
BEGIN
  DELETE FROM job_names WHERE rowid = OLD.rowid;
END;

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

CREATE TABLE journal (
  cursor INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id TEXT    NOT NULL,
  kind   TEXT    NOT NULL,
  time   INTEGER NOT NULL,
  data   TEXT    NOT NULL
) STRICT;

CREATE INDEX journal_by_job ON journal (job_id, cursor);

CREATE TRIGGER journal_is_history BEFORE UPDATE ON journal
BEGIN
  SELECT RAISE(ABORT, 'what has happened cannot be changed');
END;

CREATE TRIGGER journal_stays_with_the_job BEFORE DELETE ON journal
WHEN EXISTS (SELECT 1 FROM jobs WHERE id = OLD.job_id
  AND (status IN ('InProgress', 'Stopping', 'Deleting') OR OLD.kind = 'created'))
BEGIN
  SELECT RAISE(ABORT, 'this entry of the journal stays with its job');
END;

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

CREATE TRIGGER log_streams_stay_with_the_job BEFORE DELETE ON log_streams
WHEN EXISTS (SELECT 1 FROM jobs WHERE id = OLD.job_id AND status IN ('InProgress', 'Stopping', 'Deleting'))
BEGIN
  SELECT RAISE(ABORT, 'the log streams of a job stay until it has ended');
END;

CREATE TABLE metric_dimensions (
  name      TEXT    NOT NULL,
  value     TEXT    NOT NULL,
  metric_id INTEGER NOT NULL REFERENCES metrics (id) ON DELETE CASCADE,
  PRIMARY KEY (name, value, metric_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX metric_dimensions_of ON metric_dimensions (metric_id, name);

CREATE TABLE metric_points (
  metric_id INTEGER NOT NULL REFERENCES metrics (id) ON DELETE CASCADE,
  time      INTEGER NOT NULL,
  unit      TEXT    NOT NULL,
  source    TEXT    NOT NULL,
  count     REAL    NOT NULL,
  sum       REAL    NOT NULL,
  minimum   REAL    NOT NULL,
  maximum   REAL    NOT NULL,
  PRIMARY KEY (metric_id, time, unit, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE metrics (
  id         INTEGER PRIMARY KEY,
  account    TEXT    NOT NULL,
  region     TEXT    NOT NULL,
  namespace  TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  dimensions TEXT    NOT NULL,
  last_time  INTEGER NOT NULL,
  UNIQUE (account, region, namespace, name, dimensions)
) STRICT;

CREATE TABLE run_metric_counts (
  job_id TEXT    PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  points INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run_metrics (
  job_id TEXT    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  name   TEXT    NOT NULL,
  time   INTEGER NOT NULL,
  step   INTEGER NOT NULL,
  value  REAL    NOT NULL,
  PRIMARY KEY (job_id, name, time, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE schema_migrations (
    version  INTEGER PRIMARY KEY,
    name     TEXT    NOT NULL,
    breaking INTEGER NOT NULL
  ) STRICT;

CREATE TABLE tags (
  job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  key    TEXT NOT NULL,
  value  TEXT NOT NULL,
  PRIMARY KEY (job_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE transitions (
  job_id     TEXT    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  seq        INTEGER NOT NULL,
  status     TEXT    NOT NULL CHECK (status = 'Starting' OR status = 'Pending' OR status = 'Downloading' OR status = 'Training' OR status = 'Uploading'
               OR status = 'Interrupted' OR status = 'Restarting' OR status = 'Stopping' OR status = 'Completed' OR status = 'Failed'
               OR status = 'Stopped' OR status = 'MaxRuntimeExceeded' OR status = 'MaxWaitTimeExceeded'),
  start_time INTEGER NOT NULL,
  end_time   INTEGER,
  message    TEXT    NOT NULL,
  PRIMARY KEY (job_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER transitions_are_history BEFORE UPDATE ON transitions
WHEN NEW.status <> OLD.status OR NEW.start_time <> OLD.start_time
  OR (OLD.end_time IS NOT NULL AND NEW.end_time IS NOT OLD.end_time)
  OR (OLD.end_time IS NOT NULL AND NEW.message <> OLD.message
    AND NOT (OLD.status = 'Completed' OR OLD.status = 'Failed' OR OLD.status = 'Stopped' OR OLD.status = 'MaxRuntimeExceeded'
      OR OLD.status = 'MaxWaitTimeExceeded'))
BEGIN
  SELECT RAISE(ABORT, 'a transition that has happened cannot be changed');
END;

CREATE TRIGGER transitions_end_with_the_job BEFORE INSERT ON transitions
WHEN EXISTS (SELECT 1 FROM transitions WHERE job_id = NEW.job_id AND seq < NEW.seq
  AND (status = 'Completed' OR status = 'Failed' OR status = 'Stopped' OR status = 'MaxRuntimeExceeded' OR status = 'MaxWaitTimeExceeded'))
BEGIN
  SELECT RAISE(ABORT, 'nothing follows a terminal transition');
END;
