import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { ObjectStoreError, type BucketInfo } from '../objects.ts'

interface BucketRow {
  readonly name: string
  readonly account: string
  readonly region: string
  readonly creation_time: number
}

/** The rows of `buckets`. */
export class BucketRows {
  readonly #find: StatementSync
  readonly #ofAccount: StatementSync
  readonly #insert: StatementSync
  readonly #delete: StatementSync

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT name, account, region, creation_time FROM buckets WHERE name = ?')
    this.#ofAccount = database.prepare(
      'SELECT name, account, region, creation_time FROM buckets WHERE account = ? ORDER BY name',
    )
    this.#insert = database.prepare('INSERT INTO buckets (name, account, region, creation_time) VALUES (?, ?, ?, ?)')
    this.#delete = database.prepare('DELETE FROM buckets WHERE name = ?')
  }

  find(name: string): BucketInfo | undefined {
    const row = this.#find.get(name)
    return row && bucketInfo(row as unknown as BucketRow)
  }

  /**
   * @param account whose it was when the operation began: another account may have made it anew since
   * @throws ObjectStoreError NoSuchBucket
   */
  require(name: string, account?: string): BucketInfo {
    const bucket = this.find(name)
    if (bucket && bucket.account === (account ?? bucket.account)) return bucket
    throw new ObjectStoreError('NoSuchBucket', `There is no bucket ${name}.`)
  }

  ofAccount(account: string): readonly BucketInfo[] {
    return this.#ofAccount.all(account).map((row) => bucketInfo(row as unknown as BucketRow))
  }

  /** @throws ObjectStoreError BucketAlreadyOwnedByYou, BucketAlreadyExists */
  insert(bucket: BucketInfo): void {
    const taken = this.find(bucket.name)
    if (taken) throw bucketTaken(taken, bucket.account)
    this.#insert.run(bucket.name, bucket.account, bucket.region, bucket.creationTime)
  }

  /** Of a bucket in which no row of an object or upload is left. */
  delete(name: string): void {
    this.#delete.run(name)
  }
}

function bucketInfo(row: BucketRow): BucketInfo {
  return { name: row.name, account: row.account, region: row.region, creationTime: row.creation_time }
}

function bucketTaken(taken: BucketInfo, account: string): ObjectStoreError {
  return taken.account === account
    ? new ObjectStoreError('BucketAlreadyOwnedByYou', `The account ${account} has the bucket ${taken.name} already.`)
    : new ObjectStoreError('BucketAlreadyExists', `The bucket ${taken.name} belongs to another account.`)
}
