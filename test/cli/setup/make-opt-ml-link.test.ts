import assert from 'node:assert/strict'
import { mkdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeOptMlLink } from '../../../src/cli/setup/make-opt-ml-link.ts'
import { temporaryFolder } from '../temporary-folder.ts'

function places(root: string) {
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  return { optMl: join(root, 'opt/ml'), folder: join(root, 'var/opt-ml'), owner }
}

test('The link leads into a folder of the user, and making it again changes nothing', (t) => {
  const place = places(temporaryFolder(t))
  for (const round of ['first', 'second']) {
    makeOptMlLink(place)
    assert.equal(readlinkSync(place.optMl), join(place.folder, 'current'), round)
    assert.equal(statSync(place.folder).uid, place.owner.uid)
  }
})

test('An empty folder gives way, one that holds something does not', (t) => {
  const place = places(temporaryFolder(t))
  mkdirSync(place.optMl, { recursive: true })
  makeOptMlLink(place)
  assert.ok(readlinkSync(place.optMl))
  const full = places(temporaryFolder(t))
  mkdirSync(full.optMl, { recursive: true })
  writeFileSync(join(full.optMl, 'data'), '')
  assert.throws(() => makeOptMlLink(full), { code: 'InTheWay' })
})
