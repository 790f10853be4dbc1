import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { rmSync } from 'node:fs'
import { systemDurableFiles } from '../../src/durable/durable-files.ts'
import { Plans, type Plan } from '../../src/plans/plans.ts'

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-plans-'))
  context.after(() => rmSync(folder, { recursive: true }))
  return folder
}

function load(folder: string, configured: readonly Plan[] = []): Promise<Plans> {
  return Plans.load({ folder, durable: systemDurableFiles, configured })
}

test('plans that are put are there again after a restart, each kind with names of its own', async (context) => {
  const folder = folderFor(context)
  const plans = await load(folder)
  await Promise.all([
    plans.put({ kind: 'simulate', name: 'long', text: 'run 5d' }),
    plans.put({ kind: 'rehearse', name: 'long', text: 'lose algo-2' }),
    plans.put({ kind: 'simulate', name: 'long', text: 'run 6d' }),
  ])
  const again = await load(folder)
  assert.equal(again.find('simulate', 'long')?.text, 'run 6d')
  assert.equal(again.find('rehearse', 'long')?.text, 'lose algo-2')
  assert.equal(statSync(join(folder, 'plans.json')).mode & 0o777, 0o600)
  assert.equal(await again.remove({ kind: 'simulate', name: 'long' }), true)
  assert.equal(await again.remove({ kind: 'simulate', name: 'long' }), false)
  assert.equal((await load(folder)).find('simulate', 'long'), undefined)
})

test('a plan of the configuration cannot be changed from outside, and hides one that was put before', async (context) => {
  const folder = folderFor(context)
  await (await load(folder)).put({ kind: 'simulate', name: 'p', text: 'run 1s' })
  const plans = await load(folder, [{ kind: 'simulate', name: 'p', text: 'run 2s' }])
  assert.deepEqual(plans.list(), [{ kind: 'simulate', name: 'p', text: 'run 2s', configured: true }])
  await assert.rejects(plans.put({ kind: 'simulate', name: 'p', text: 'run 3s' }), /stands in the configuration/)
  await assert.rejects(plans.remove({ kind: 'simulate', name: 'p' }), /stands in the configuration/)
})

for (const text of ['', '{}', '[]', '{"version":1,"plans":[{"name":"p"}]}'])
  test(`a file of plans that is not ours is refused and left as it is: ${JSON.stringify(text)}`, async (context) => {
    const folder = folderFor(context)
    writeFileSync(join(folder, 'plans.json'), text)
    await assert.rejects(load(folder), { name: 'PlansError', code: 'PlansUnreadable' })
    assert.equal(readFileSync(join(folder, 'plans.json'), 'utf8'), text)
  })
