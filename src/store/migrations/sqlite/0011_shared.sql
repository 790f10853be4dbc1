-- 0011 shared (breaking): of a document that begins as its request does only the rest is kept, and how many characters of the request go before it.

-- The two say nearly the same, and twice that is more than a page. What was written before is whole: nothing goes before it.
ALTER TABLE jobs ADD COLUMN document_shared INTEGER NOT NULL DEFAULT 0;
