-- 0003 lists (not breaking): every filter and order of ListTrainingJobs has its index, and warm pools are known.

-- Of jobs that asked for a warm pool. It is in use while its job runs; nothing is kept warm after it (behaviour 8.2).
ALTER TABLE jobs ADD COLUMN warm_pool_status TEXT CHECK (warm_pool_status IN ('InUse', 'Available', 'Reused', 'Terminated'));
UPDATE jobs SET warm_pool_status = iif(status IN ('InProgress', 'Stopping'), 'InUse', 'Terminated')
WHERE instr(document, '"KeepAlivePeriodInSeconds":') > 0
  AND json_extract(document, '$.ResourceConfig.KeepAlivePeriodInSeconds') > 0;

-- Each covers the summary of a list, without the ARN, which follows from the name.
DROP INDEX jobs_by_creation;
CREATE INDEX jobs_by_creation ON jobs (account, region, creation_time, id,
  name, status, secondary_status, last_modified_time, training_end_time, warm_pool_status);
DROP INDEX jobs_by_status;
CREATE INDEX jobs_by_status ON jobs (account, region, status, creation_time, id,
  name, secondary_status, last_modified_time, training_end_time, warm_pool_status);
CREATE INDEX jobs_by_modification ON jobs (account, region, last_modified_time, id,
  name, status, secondary_status, creation_time, training_end_time, warm_pool_status);
-- Few jobs ask for a warm pool; the others have no part in it.
CREATE INDEX jobs_by_warm_pool ON jobs (account, region, warm_pool_status, creation_time, id,
  name, status, secondary_status, last_modified_time, training_end_time) WHERE warm_pool_status IS NOT NULL;
