import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { OwnTree } from '../../src/agent/own-tree.ts'

interface Workspace extends Disposable {
  readonly root: string
  readonly tree: OwnTree
}

function workspace(): Workspace {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'trainyard-tree-')))
  const root = join(folder, 'ml')
  mkdirSync(join(root, 'a/b'), { recursive: true })
  mkdirSync(join(folder, 'outside'))
  writeFileSync(join(folder, 'outside/secret'), 'secret')
  writeFileSync(join(root, 'a/b/file'), 'x')
  return { root, tree: new OwnTree(root, ['/opt/ml']), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

describe('a workspace', () => {
  test('is looked at as its job saw it: /opt/ml is its root', () => {
    using place = workspace()
    symlinkSync('/opt/ml/a/b', join(place.root, 'link'))
    symlinkSync('../a', join(place.root, 'a/self'))
    assert.equal(place.tree.resolve('link/file')?.relative, 'a/b/file')
    assert.equal(place.tree.resolve('a/self/self/b/file')?.relative, 'a/b/file')
    assert.equal(place.tree.resolve('./a//b/.')?.relative, 'a/b')
  })

  test('has nothing outside', () => {
    using place = workspace()
    for (const [name, target] of [
      ['absolute', '/etc/passwd'],
      ['climbing', '../outside/secret'],
      ['late', 'a/../../outside/secret'],
      ['prefix', '/opt/mlx'],
      ['loop', 'loop'],
      ['through', 'a/b/file/x'],
    ] as const) {
      symlinkSync(target, join(place.root, name))
      assert.equal(place.tree.resolve(name), undefined, name)
    }
    assert.equal(place.tree.resolve('..'), undefined)
    assert.equal(place.tree.resolve('none/x'), undefined)
  })

  test('agrees with the kernel on every path that stays inside, and says nothing of the others', () => {
    const step = fc.constantFrom('a', 'b', 'file', 'x', 'y', '..', '.', 'outside', 'secret')
    const path = fc.array(step, { minLength: 1, maxLength: 5 }).map((steps) => steps.join('/'))
    fc.assert(
      fc.property(path, path, path, (first, second, asked) => {
        using place = workspace()
        symlinkSync(first, join(place.root, 'x'))
        symlinkSync(second, join(place.root, 'a/y'))
        const found = place.tree.resolve(asked)
        if (!found) return
        assert.ok(found.path === place.root || found.path.startsWith(`${place.root}/`))
        // Only the native form leaves `..` to the kernel, which follows links before it goes up.
        assert.equal(realpathSync.native(`${place.root}/${asked}`), found.path)
      }),
      {
        numRuns: 300,
        examples: [
          ['a', '.', 'a/y/../a'],
          ['a', 'b', 'a/b/file/..'],
          ['a', 'b', 'a/b/file/.'],
          ['a/b/file/', 'b', 'x'],
        ],
      },
    )
  })
})
