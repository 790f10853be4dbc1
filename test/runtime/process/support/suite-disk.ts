import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Bench, ML } from './bench.ts'

/** On a disk of 16 MiB: `suite-disk.ts FOLDER`, a folder of that disk; its parent is on another one. */
const folder = process.argv[2] ?? ''
const MIB = 2 ** 20

describe('a disk that is full', () => {
  let bench: Bench
  before(async () => (bench = await Bench.open('auto', { parent: folder })))
  after(() => bench[Symbol.asyncDispose]())

  test('fails the download as something the user can mend, naming the disk', async () => {
    const source = join(folder, '../object')
    writeFileSync(source, Buffer.alloc(6 * MIB, 1), { mode: 0o600 })
    const files = ['a', 'b', 'c', 'd'].map((path) => ({ path, size: 6 * MIB, source }))
    const subject = await bench.launch('exit 0', { channels: ['train'] })
    await assert.rejects(subject.fill('train', files), {
      name: 'InstanceError',
      fault: 'client',
      message: new RegExp(`No space left[^]*${subject.place.folder}`),
    })
    await subject.instance.destroy()
  })

  test('fails the collection of artifacts the same way, and leaves no half of one', async () => {
    const subject = await bench.launch(`head -c ${10 * MIB} /dev/urandom >${ML}/model/m`)
    assert.deepEqual(await subject.run(), { kind: 'exited', code: 0 })
    await assert.rejects(subject.collect(), {
      name: 'InstanceError',
      fault: 'client',
      message: /No space left/,
    })
    await subject.instance.destroy()
  })

  test('that the job has filled itself ends the job, and nothing else', async () => {
    const subject = await bench.launch(`cat /dev/zero >${ML}/model/m; echo went on; exit 9`)
    const end = await subject.run()
    assert.equal(end.kind === 'exited' && end.code, 9)
    await subject.instance.destroy()
    const next = await bench.launch('echo fine')
    assert.deepEqual(await next.run(), { kind: 'exited', code: 0 })
  })
})
