-- 0006 placement (not breaking): what a job has been given of the machine, JSON text of one `Placement`.

ALTER TABLE jobs ADD COLUMN placement TEXT;
