import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PlanError } from '../../src/plans/plan-error.ts'
import { parseRehearsal } from '../../src/rehearsal/parse-rehearsal.ts'

test('The example of the documentation says what it says', () => {
  const { injections } = parseRehearsal(
    'interrupt@training+30s 2x; capacity@start for 2m; lose algo-2@training+10s; hang@stopping; slow-store 50KB/s; fail-store 3x; unhealthy 1x',
    2,
  )
  assert.deepEqual(
    injections.map(({ text, times }) => [text, times]),
    [
      ['interrupt@training+30s 2x', 2],
      ['capacity@start for 2m', 1],
      ['lose algo-2@training+10s', 1],
      ['hang@stopping', Number.POSITIVE_INFINITY],
      ['slow-store 50KB/s', Number.POSITIVE_INFINITY],
      ['fail-store 3x', 3],
      ['unhealthy 1x', 1],
    ],
  )
  assert.deepEqual(injections[0], {
    kind: 'timed',
    stage: 'training',
    after: 30_000,
    action: { kind: 'interrupt' },
    times: 2,
    text: 'interrupt@training+30s 2x',
  })
})

test('Lines and comments separate injections as well, and hosts are the first one where none is named', () => {
  const { injections } = parseRehearsal('# a bad day\nkill@training + 5s signal SEGV\noom algo-1@training\n')
  assert.deepEqual(
    injections.map((injection) => injection.kind === 'timed' && injection.action),
    [
      { kind: 'end', host: 'algo-1', end: { kind: 'signalled', code: 139 } },
      { kind: 'end', host: 'algo-1', end: { kind: 'out-of-memory', code: 137 } },
    ],
  )
})

test('The object store fails for the job itself only in a stage in which its command runs', () => {
  const { injections } = parseRehearsal(
    'fail-store write client; fail-store write@training client 2x; fail-store@stopping',
  )
  assert.deepEqual(
    injections.map(
      (injection) => injection.kind === 'fail-store' && [injection.access, injection.stage, injection.fault],
    ),
    [
      ['write', undefined, 'client'],
      ['write', 'training', 'client'],
      ['read', 'stopping', 'platform'],
    ],
  )
})

const BAD: readonly (readonly [text: string, position: number, problem: RegExp])[] = [
  ['', 0, /^Expected one of|^Expected an injection/],
  ['explode@training', 0, /^Expected one of interrupt, .* and this is "explode"/],
  ['interrupt@traning', 10, /^Expected a stage: start, downloading, training, uploading/],
  ['interrupt@stopping', 10, /^Expected a stage in which this can happen/],
  ['interrupt@training+3', 18, /^Expected a duration/],
  ['interrupt@training 2x 3x', 22, /^Expected ';' or the end/],
  ['interrupt@training 0x', 19, /^Expected how often, 1x to 1000x/],
  ['hang@stopping; lose algo-9@training', 20, /^Expected a host of this job, algo-1 to algo-2/],
  ['lose server-1@training', 5, /^Expected a host such as algo-1/],
  ['capacity@start', 14, /^Expected 'for 2m', 'for good' or 'never', and the text ends/],
  ['slow-store fast', 11, /^Expected a rate such as 50KB\/s/],
  ['slow-store 0KB/s', 11, /^Expected a rate such as 50KB\/s/],
  ['exit@training code 256', 19, /^Expected an exit code, 0 to 255/],
  ['kill@training signal BANG', 21, /^Expected the name of a signal/],
  ['fail-store@uploading', 11, /^Expected a stage in which this can happen: training, stopping, interrupted/],
  ['interrupt~training', 9, /does not belong here/],
]

for (const [text, position, problem] of BAD) {
  test(`"${text}" is refused, and the error points at character ${position + 1}`, () => {
    assert.throws(
      () => parseRehearsal(text, 2),
      (error) => {
        assert.ok(error instanceof PlanError)
        assert.match(error.message, problem)
        assert.equal(error.position, position)
        return true
      },
    )
  })
}
