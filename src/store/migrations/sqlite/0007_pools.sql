-- 0007 pools (not breaking): what is kept of a job, JSON text of one `WarmPool`, and what a job must ask for to take it.

ALTER TABLE jobs ADD COLUMN warm_pool TEXT;
ALTER TABLE jobs ADD COLUMN warm_pool_key TEXT;

-- What is in use by a job that an earlier version accepted is kept for what that job asked for; before, nothing was kept.
UPDATE jobs SET warm_pool = iif(warm_pool_status = 'InUse',
  json_object('status', 'InUse', 'keepAliveSeconds', json_extract(document, '$.ResourceConfig.KeepAlivePeriodInSeconds')),
  json_object('status', 'Terminated', 'retainedSeconds', 0))
WHERE warm_pool_status IS NOT NULL;

-- What waits to be taken, by what has to match.
CREATE INDEX jobs_by_available_pool ON jobs (account, region, warm_pool_key, id) WHERE warm_pool_status = 'Available';
-- What a job has taken: one pool, whoever asks again.
CREATE UNIQUE INDEX jobs_by_pool_taker ON jobs (warm_pool ->> '$.by.jobId') WHERE warm_pool_status = 'Reused';
