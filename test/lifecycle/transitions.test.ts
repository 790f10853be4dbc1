import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { SECONDARY_STATUSES, TERMINAL_SECONDARY_STATUSES } from '../../src/lifecycle/status.ts'
import { mermaidDiagram, TRANSITIONS } from '../../src/lifecycle/transitions.ts'

test('terminal statuses have no followers and every other one can reach an end', () => {
  for (const status of TERMINAL_SECONDARY_STATUSES) assert.deepEqual(TRANSITIONS[status], [])
  for (const status of SECONDARY_STATUSES) assert.ok(reaches(status), `${status} never ends`)
})

function reaches(status: (typeof SECONDARY_STATUSES)[number], seen = new Set<string>()): boolean {
  if (TRANSITIONS[status].length === 0) return true
  if (seen.has(status)) return false
  seen.add(status)
  return TRANSITIONS[status].some((next) => reaches(next, seen))
}

test('the diagram in the documentation is the one the table makes', async () => {
  const page = await readFile(new URL('../../docs/lifecycle.md', import.meta.url), 'utf8')
  const diagram = /```mermaid\n([\s\S]*?)```/.exec(page)?.[1]
  assert.equal(diagram, mermaidDiagram(), 'run `node scripts/lifecycle-diagram.ts` to write it anew')
})
