-- 0010 repeats (not breaking): no index of its own for the requests of jobs, which have no order: a page of it was written for nearly every job.

-- A request that is repeated names the same job, so the index of names finds what it made.
DROP INDEX jobs_by_repeat;
