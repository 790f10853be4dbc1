import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PlanError } from '../../../src/plans/plan-error.ts'
import { parseSimulation } from '../../../src/runtime/simulated/parse-simulation.ts'
import { DEFAULT_SIMULATION, simulationOf, type Simulation } from '../../../src/runtime/simulated/simulation.ts'

function simulation(text: string, host = 'algo-1', attempt = 1): Simulation {
  return simulationOf(parseSimulation(text), { host, attempt })
}

test('an empty script is the default profile', () => {
  for (const text of ['', ' \n ; ;', '# nothing']) assert.deepEqual(simulation(text), DEFAULT_SIMULATION)
})

test('stages take what the script says, and what it does not say stays', () => {
  assert.deepEqual(simulation('launch 1s; run 3h\nupload 5s # comment').stages, {
    launch: 1000,
    download: 2000,
    pull: 0,
    run: 10_800_000,
    collect: 5000,
  })
})

const ENDS: readonly (readonly [string, Partial<Simulation>])[] = [
  ['exit 3', { end: { kind: 'exited', code: 3 } }],
  ['exit 1 at 40s', { end: { kind: 'exited', code: 1 }, endsAt: 40_000 }],
  ['signal SIGSEGV at 2m', { end: { kind: 'signalled', code: 139 }, endsAt: 120_000 }],
  ['out of memory at 1s', { end: { kind: 'out-of-memory', code: 137 }, endsAt: 1000 }],
  ['lost', { end: { kind: 'lost', detail: 'The simulated host was lost' } }],
  ['failure "no \\"data\\"\\n"', { failure: 'no "data"\n' }],
  ['ignore SIGTERM', { ignoresTerm: true }],
  ['checkpoint every 1h', { checkpointEvery: 3_600_000 }],
  ['fail download client "gone"', { faults: { download: { fault: 'client', message: 'gone' } } }],
  ['fail upload platform', { faults: { collect: { fault: 'platform', message: 'The simulated upload failed' } } }],
  [
    'fail pull client',
    {
      faults: {
        pull: {
          fault: 'client',
          message: 'Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect.',
        },
      },
    },
  ],
  ['model 2KiB', { artifacts: { model: 2048 } }],
]
for (const [text, expected] of ENDS)
  test(`the script says how an instance fares: ${text}`, () => {
    assert.deepEqual(simulation(text), { ...DEFAULT_SIMULATION, ...expected })
  })

test('lines name metrics, which may stand after them', () => {
  const { lines, metrics } = simulation(
    `log "begin"; log every 10s 'epoch {n} {validation:loss} {acc}'; metric "validation:loss" from 2.5 to 1e-1 noise 0.2; metric acc = 0.1, 0.5`,
  )
  assert.deepEqual(lines, [
    { text: 'begin', at: 0 },
    { text: 'epoch {n} {validation:loss} {acc}', every: 10_000 },
  ])
  assert.deepEqual(metrics, {
    'validation:loss': { kind: 'range', from: 2.5, to: 0.1, noise: 0.2 },
    acc: { kind: 'values', values: [0.1, 0.5] },
  })
})

test('what stands before a colon says for which host and attempt a statement is', () => {
  const text = 'exit 0; algo-2: exit 1 at 40s; attempt 1: run 1h; algo-2 attempt 2: exit 2'
  assert.deepEqual(simulation(text, 'algo-2', 1).end, { kind: 'exited', code: 1 })
  assert.deepEqual(simulation(text, 'algo-2', 2).end, { kind: 'exited', code: 2 })
  assert.deepEqual(simulation(text, 'algo-1', 1), {
    ...DEFAULT_SIMULATION,
    stages: { ...DEFAULT_SIMULATION.stages, run: 3_600_000 },
  })
  assert.deepEqual(simulation(text, 'algo-1', 2), DEFAULT_SIMULATION)
})

const WRONG: readonly (readonly [string, number, RegExp])[] = [
  ['run 3 h', 4, /Expected a duration .* this is "3", at character 5:\n {2}run 3 h\n {6}\^/],
  ['run', 3, /Expected a duration .* the text ends/],
  ['launch 1s, run 2s', 9, /Expected ';' or the end/],
  ['rum 3h', 0, /Expected one of launch, download/],
  ['exit 256', 5, /Expected an exit code, 0 to 255/],
  ['signal SIGNOPE', 7, /There is no signal SIGNOPE/],
  ['log "a', 4, /has no other on its line/],
  ['run 1s;\nlog "x {loss}"', 12, /\{loss\} is no metric of this script/],
  ['checkpoint every 0s', 17, /longer than nothing/],
  ['fail run client', 5, /one of launch, download, pull, start/],
  ['model 2TiB', 6, /a size of at most 64MiB/],
  ['attempt 0: lost', 8, /the number of an attempt/],
  ['constructor 1s', 0, /Expected one of/],
  ['run 1s; algo-3: lost', 8, /The job has no host algo-3: its hosts are algo-1, algo-2/],
]
for (const [text, position, message] of WRONG)
  test(`an error points at its character: ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parseSimulation(text, ['algo-1', 'algo-2']),
      (error) => {
        assert.ok(error instanceof PlanError)
        assert.match(error.message, message)
        assert.equal(error.position, position)
        return true
      },
    )
  })

test('whatever the text is, it is read or refused at a place within it', () => {
  const words = fc.constantFrom(
    'run',
    '3h',
    'exit',
    '1',
    'at',
    '40s',
    ';',
    ':',
    'algo-2',
    'attempt',
    '"x {n}"',
    'log',
    'every',
    '\n',
    '=',
    'metric',
    '#',
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(words).map((parts) => parts.join(' ')),
  )
  fc.assert(
    fc.property(text, (each) => {
      try {
        parseSimulation(each)
      } catch (error) {
        assert.ok(error instanceof PlanError, String(error))
        assert.ok(error.position >= 0 && error.position <= each.length)
      }
    }),
  )
})
