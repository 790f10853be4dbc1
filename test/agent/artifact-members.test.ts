import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ArtifactMembers } from '../../src/agent/artifact-members.ts'
import { OwnTree } from '../../src/agent/own-tree.ts'

describe('of several instances’ folders', () => {
  let folder = ''
  let hosts = 0
  before(() => (folder = mkdtempSync('/var/tmp/trainyard-test-')))
  after(() => rmSync(folder, { recursive: true }))

  /** A workspace with these files; a text that begins with `->` is a link. */
  const tree = (files: Readonly<Record<string, string>>) => {
    const root = join(folder, `algo-${++hosts}`)
    mkdirSync(root)
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true })
      if (text.startsWith('->')) symlinkSync(text.slice(2), join(root, name))
      else writeFileSync(join(root, name), text)
    }
    return new OwnTree(root, ['/opt/ml', root])
  }
  const packed = (trees: readonly OwnTree[], leftOut: string[] = []) =>
    Array.from(new ArtifactMembers(trees, 'model', leftOut), ({ name, entry }) =>
      entry.stats.isDirectory() ? `${name}/` : `${name}: ${readFileSync(entry.path, 'utf8')}`,
    )

  test('everything is taken, and of one name the last one', () => {
    const trees = [
      tree({ 'model/a': '1', 'model/sub/x': '1', 'model/sub/y': '1' }),
      tree({ 'model/b': '2', 'model/sub/y': '2', 'model/sub/z': '2' }),
      tree({ 'output/data/c': '3' }),
    ]
    assert.deepEqual(packed(trees), ['a: 1', 'b: 2', 'sub/', 'sub/x: 1', 'sub/y: 2', 'sub/z: 2'])
  })

  test('a file takes the place of a folder, and a folder that of a file', () => {
    const [file, one, two] = [tree({ 'model/a': 'file' }), tree({ 'model/a/x': '1' }), tree({ 'model/a/y': '2' })]
    assert.deepEqual(packed([one, two, file]), ['a: file'])
    assert.deepEqual(packed([one, file, two]), ['a/', 'a/y: 2'])
    assert.deepEqual(packed([file, one, two]), ['a/', 'a/x: 1', 'a/y: 2'])
  })

  test('links are followed in the workspace they lie in, and what leads out of one leaves the others’ entries as they are', () => {
    const leftOut: string[] = []
    const trees = [
      tree({ 'model/a': '->/opt/ml/own', own: 'first' }),
      tree({ 'model/a': '->/etc/passwd', 'model/b': '->../own', own: 'second' }),
      tree({ 'model/loop': '->.' }),
    ]
    assert.deepEqual(packed(trees, leftOut), ['a: first', 'b: second'])
    assert.deepEqual(leftOut, ['model/a', 'model/loop'])
  })
})
