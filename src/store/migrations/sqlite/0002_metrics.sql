-- 0002 metrics (not breaking): CloudWatch metrics, kept as statistics of periods, and the values that jobs give to SageMaker Metrics.
-- Times are epoch milliseconds of job time.

-- A metric is its namespace, name and dimensions; those are JSON, pairs of name and value ordered by name.
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

-- Finds the few metrics of a job among those of all.
CREATE TABLE metric_dimensions (
  name      TEXT    NOT NULL,
  value     TEXT    NOT NULL,
  metric_id INTEGER NOT NULL REFERENCES metrics (id) ON DELETE CASCADE,
  PRIMARY KEY (name, value, metric_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX metric_dimensions_of ON metric_dimensions (metric_id, name);

-- What one source said in one period. Values found in a log have the log's file as their source, so that a log that is read again
-- after a crash writes the same rows again; what is put by a call has none.
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

-- Values by step, as a job gives them to SageMaker Metrics. A value without a step has -1.
CREATE TABLE run_metrics (
  job_id TEXT    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  name   TEXT    NOT NULL,
  time   INTEGER NOT NULL,
  step   INTEGER NOT NULL,
  value  REAL    NOT NULL,
  PRIMARY KEY (job_id, name, time, step)
) STRICT, WITHOUT ROWID;

-- How many there are, so that their bound costs no count.
CREATE TABLE run_metric_counts (
  job_id TEXT    PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  points INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
