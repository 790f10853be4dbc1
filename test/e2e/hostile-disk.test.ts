import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { DescribeTrainingJobCommand } from '@aws-sdk/client-sagemaker'
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { temporaryFolder } from '../cli/temporary-folder.ts'
import { trainyard } from '../cli/program.ts'
import { needsMounts } from '../support/small-disk.ts'
import { clientsOf, ended, submit, type Clients } from './clients.ts'
import { AS_SELF, scriptOnDisk, ServerOnDisk } from './server-on-disk.ts'
import { serve } from './server-process.ts'

/** Fills the disk to its last page: what a refused upload has left free is taken by smaller ones. @returns the keys, and the last refusal */
async function fill({ s3, bucket }: Clients): Promise<{ readonly keys: readonly string[]; readonly refusal: unknown }> {
  const keys: string[] = []
  let refusal: unknown
  for (let size = 2 ** 20; size >= 2 ** 12;) {
    const Key = `filler-${keys.length}`
    try {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.alloc(size, 1) }))
      keys.push(Key)
    } catch (error) {
      refusal = error
      size /= 2
    }
  }
  return { keys, refusal }
}

/** Bytes of a request that soon fill what the record has in reserve. */
const HYPERPARAMETERS = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`p${at}`, 'x'.repeat(250)]))

async function submitUntilRefused(clients: Clients): Promise<{ readonly name: string; readonly error: unknown }> {
  for (let count = 0; ; count++) {
    const name = `full-${count}`
    const request = { TrainingJobName: name, HyperParameters: HYPERPARAMETERS }
    const error: unknown = await submit(clients, 'true', request).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (error !== undefined) return { name, error }
  }
}

test(
  'a full disk: the server lives and says so, answers what it can read, and goes on once there is space',
  needsMounts(),
  async () => {
    await using server = await ServerOnDisk.start('12m')
    const url = await server.url()
    const clients = await clientsOf(server.path('data'), url)
    // One attempt each: what is asked is what the server answers, not how long a client goes on.
    for (const client of [clients.s3, clients.sagemaker]) client.config.maxAttempts = async () => 1
    const name = await submit(clients, 'true')
    await writeFile(server.path('somebodys-file'), Buffer.alloc(2 ** 20))
    const { keys, refusal } = await fill(clients)
    assert.ok(keys.length > 3, String(refusal))
    assert.deepEqual([nameOf(refusal), statusOf(refusal)], ['ServiceUnavailable', 503])

    const health = await fetch(`${url}/-/health`)
    assert.equal(health.status, 503)
    assert.match(await health.text(), /"disk":"the data folder cannot be written to \(ENOSPC/)
    assert.equal((await fetch(`${url}/-/health/live`)).status, 200)

    const described = await clients.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }))
    assert.equal(described.TrainingJobName, name)
    const refused = await submitUntilRefused(clients)
    assert.deepEqual([nameOf(refused.error), statusOf(refused.error)], ['InternalFailure', 500])

    // A deletion is written down too: on a disk without a single free page, something else must go first.
    await rm(server.path('somebodys-file'))
    for (const Key of keys) await clients.s3.send(new DeleteObjectCommand({ Bucket: clients.bucket, Key }))
    assert.equal((await fetch(`${url}/-/health`)).status, 200)
    // What was refused has left nothing: its name is free.
    assert.equal(await submit(clients, 'true', { TrainingJobName: refused.name }), refused.name)
    assert.equal((await ended(clients, refused.name)).TrainingJobStatus, 'Completed')
    assert.match(await readFile(server.path('log'), 'utf8'), /"code":"ServiceUnavailable","err"/)
    assert.equal(await server.stop(), 0)
  },
)

const NEEDS_ROOT = { skip: 'NOT TRIED: only root can make the disk of a server that has run read-only' }
const remountable = AS_SELF === '' ? needsMounts() : NEEDS_ROOT

test('a data folder on a disk that has become read-only is refused with what to do', remountable, async () => {
  const { code, output } = await scriptOnDisk(
    [
      '"$1" "$2" serve --data "$0/data" --port 0 --runtime simulated > "$0/log" & server=$!',
      'until grep -qs listening "$0/log"; do kill -0 $server || exit 9; done; kill $server; wait $server',
      'mount -o remount,ro "$0"; exec "$1" "$2" serve --data "$0/data" --port 0 --runtime simulated',
    ].join('\n'),
  )
  assert.equal(code, 1, output)
  assert.match(output, /^trainyard: .*DISK\/data.* read-only/m)
})

test('a record of a newer Trainyard is refused, and left as it is', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const first = await serve(data, ['--runtime', 'simulated'])
  await first.end('SIGTERM')
  const database = new DatabaseSync(join(data, 'store.db'))
  database.exec("INSERT INTO schema_migrations (version, name, breaking) VALUES (9999, 'of-tomorrow', 1)")
  database.close()
  const before = await readFile(join(data, 'store.db'))
  const { code, stderr } = await trainyard(['serve', '--data', data, '--port', '0', '--runtime', 'simulated'])
  assert.equal(code, 1)
  assert.match(stderr, /store\.db has schema version 9999; .* Start the newer version of Trainyard that wrote it\./)
  assert.deepEqual(await readFile(join(data, 'store.db')), before)
})

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error)
}

function statusOf(error: unknown): number | undefined {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } }
  return $metadata?.httpStatusCode
}
