import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { instanceFolder } from '../../src/agent/instance-folder.ts'
import { releaseLink, takeLink } from '../../src/agent/sandbox/opt-ml-link.ts'
import { RealClock } from '../../src/clock/real-clock.ts'

function scene() {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-link-'))
  const clock = new RealClock()
  const places = ['one', 'two'].map((jobId) =>
    instanceFolder(join(folder, 'data'), { jobId, attempt: 1, host: 'algo-1' }),
  )
  for (const place of places) mkdirSync(place.ml, { recursive: true })
  const [one, two] = places
  assert.ok(one && two)
  const signal = new AbortController().signal
  return {
    link: join(folder, 'current'),
    one,
    two,
    clock,
    signal,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

describe('the link that is /opt/ml', () => {
  test('belongs to one instance until that one gives it up', async () => {
    using given = scene()
    const { link, one, two } = given
    await takeLink(link, one, given)
    await takeLink(link, one, given)
    let taken = false
    const waiting = takeLink(link, two, given).then(() => (taken = true))
    releaseLink(link, two)
    assert.equal(readlinkSync(link), one.ml)
    assert.equal(taken, false)
    releaseLink(link, one)
    await waiting
    assert.equal(readlinkSync(link), two.ml)
  })

  test('is free when the instance that had it is gone', async () => {
    using given = scene()
    symlinkSync('/no/such/instance/ml', given.link)
    await takeLink(given.link, given.one, given)
    assert.equal(readlinkSync(given.link), given.one.ml)
  })

  test('is not waited for by one that was called off', async () => {
    using given = scene()
    await takeLink(given.link, given.one, given)
    const calledOff = AbortSignal.abort(new Error('called off'))
    await assert.rejects(takeLink(given.link, given.two, { ...given, signal: calledOff }), /called off/)
    releaseLink(given.link, given.one)
    assert.ok(!existsSync(given.link))
  })
})
