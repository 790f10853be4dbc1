import type { Migration } from '../../sqlite/migrate.ts'

/**
 * The index over the blobs. `blob` is the random name of a file in `blobs/`; a file that no row names is an orphan. SQLite compares TEXT by its
 * UTF-8 bytes, which is the order S3 lists in.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'buckets-objects-uploads',
    breaking: true,
    sql: `
      CREATE TABLE buckets (
        name          TEXT    NOT NULL PRIMARY KEY,
        account       TEXT    NOT NULL,
        region        TEXT    NOT NULL,
        creation_time INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX buckets_by_account ON buckets (account, name);

      CREATE TABLE objects (
        bucket             TEXT    NOT NULL REFERENCES buckets (name),
        key                TEXT    NOT NULL,
        blob               TEXT    NOT NULL,
        size               INTEGER NOT NULL,
        etag               TEXT    NOT NULL,
        last_modified      INTEGER NOT NULL,
        metadata           TEXT    NOT NULL,
        checksum_algorithm TEXT,
        checksum_value     TEXT,
        checksum_type      TEXT,
        upload             TEXT, -- the multipart upload that made it: a repeated completion is answered from it
        PRIMARY KEY (bucket, key)
      ) STRICT, WITHOUT ROWID;
      CREATE UNIQUE INDEX objects_by_blob ON objects (blob);

      CREATE TABLE uploads (
        id                 TEXT    NOT NULL PRIMARY KEY,
        bucket             TEXT    NOT NULL REFERENCES buckets (name),
        key                TEXT    NOT NULL,
        creation_time      INTEGER NOT NULL,
        metadata           TEXT    NOT NULL,
        checksum_algorithm TEXT,
        checksum_type      TEXT,
        blob               TEXT    NOT NULL, -- the file whose slots take the parts
        slot               INTEGER           -- bytes of a slot, once the first part has said its size
      ) STRICT, WITHOUT ROWID;
      CREATE UNIQUE INDEX uploads_by_blob ON uploads (blob);

      CREATE TABLE parts (
        upload      TEXT    NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
        part_number INTEGER NOT NULL,
        blob        TEXT    NOT NULL, -- the upload's own file, or one for this part alone
        position    INTEGER NOT NULL,
        size        INTEGER NOT NULL,
        etag        TEXT    NOT NULL,
        checksum    TEXT,             -- base64, of the upload's algorithm
        PRIMARY KEY (upload, part_number)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX parts_by_blob ON parts (blob);
    `,
  },
  {
    version: 2,
    name: 'shared-blobs-and-tags',
    // An older program would remove the blob of one copy with the other.
    breaking: true,
    sql: `
      DROP INDEX objects_by_blob;
      CREATE INDEX objects_by_blob ON objects (blob);
      ALTER TABLE objects ADD COLUMN tags TEXT;
      ALTER TABLE uploads ADD COLUMN tags TEXT;
      ALTER TABLE parts ADD COLUMN last_modified INTEGER NOT NULL DEFAULT 0;
      UPDATE parts SET last_modified = (SELECT creation_time FROM uploads WHERE id = upload);
      CREATE INDEX uploads_by_key ON uploads (bucket, key, id);
    `,
  },
  {
    version: 3,
    name: 'parts-of-objects',
    breaking: false,
    sql: `
      CREATE TABLE object_parts (
        blob        TEXT    NOT NULL, -- of an object that was uploaded in parts, and of its copies
        part_number INTEGER NOT NULL,
        position    INTEGER NOT NULL,
        size        INTEGER NOT NULL,
        checksum    TEXT,             -- base64
        PRIMARY KEY (blob, part_number)
      ) STRICT, WITHOUT ROWID;
    `,
  },
]
