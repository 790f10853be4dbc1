-- Made by `node scripts/dump-schema.ts`; a test fails when it is stale.

CREATE TRIGGER jobs_terminal_is_final BEFORE UPDATE OF status, secondary_status, training_end_time, failure_reason ON jobs
WHEN OLD.status IN ('Completed', 'Failed', 'Stopped')
  AND (NEW.status NOT IN (OLD.status, 'Deleting') OR NEW.secondary_status <> OLD.secondary_status
    OR NEW.training_end_time IS NOT OLD.training_end_time OR NEW.failure_reason IS NOT OLD.failure_reason)
BEGIN
  SELECT RAISE(IGNORE);
END;

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

CREATE TABLE journal (
  cursor INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id TEXT    NOT NULL,
  kind   TEXT    NOT NULL,
  time   INTEGER NOT NULL,
  data   TEXT    NOT NULL
) STRICT;

CREATE TABLE log_streams (
  account       TEXT    NOT NULL,
  region        TEXT    NOT NULL,
  name          TEXT    NOT NULL,
  job_id        TEXT    NOT NULL,
  file          TEXT    NOT NULL,
  creation_time INTEGER NOT NULL,
  PRIMARY KEY (account, region, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE repeats (
  repeat_key TEXT PRIMARY KEY,
  job_id     TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE
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
  status     TEXT    NOT NULL,
  start_time INTEGER NOT NULL,
  end_time   INTEGER,
  message    TEXT    NOT NULL,
  PRIMARY KEY (job_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX jobs_by_creation ON jobs (account, region, creation_time, id,
  name, arn, status, secondary_status, last_modified_time, training_end_time);

CREATE UNIQUE INDEX jobs_by_name ON jobs (account, region, name_folded);

CREATE INDEX jobs_by_status ON jobs (account, region, status, creation_time, id,
  name, arn, secondary_status, last_modified_time, training_end_time);

CREATE INDEX jobs_unfinished ON jobs (id) WHERE status IN ('InProgress', 'Stopping');

CREATE INDEX journal_by_job ON journal (job_id, cursor);

CREATE INDEX log_streams_by_job ON log_streams (job_id, name);
