-- 0008 names (not breaking): every three letters that follow one another in the names of jobs, by which a text is found in them without looking at all (NameContains).

CREATE VIRTUAL TABLE job_names USING fts5(text, content='', contentless_delete=1, tokenize='trigram', detail='none');

-- Later ones are put in when they are asked for: the insert of a job would take a third longer.
INSERT INTO job_names (rowid, text) SELECT rowid, name_folded FROM jobs;

-- A name never changes.
CREATE TRIGGER jobs_take_their_names AFTER DELETE ON jobs
BEGIN
  DELETE FROM job_names WHERE rowid = OLD.rowid;
END;
