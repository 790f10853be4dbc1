import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileConfig, ConfigError, type ConfigIssue } from '../../src/config/config.ts'

test('no configuration is every default: durations in milliseconds, sizes in bytes', () => {
  const defaults = {
    region: 'us-east-1',
    environments: {},
    images: {},
    plans: {},
    rehearsals: { allow: false },
    throttle: 'off',
    s3: { domains: [] },
    disk: {},
    fleet: { policy: 'shrink', quotas: {} },
    keep: { failed: 86_400_000 },
    retention: {},
    logs: { 'max-bytes': 1_073_741_824 },
    stop: { grace: 120_000, signal: 'all' },
    process: { isolation: 'auto', uid: 59_484, limits: 'auto', pids: 32_768, network: '10.0.2.0/24' },
  }
  for (const nothing of [undefined, null, {}, { keep: {}, logs: {}, stop: {}, process: {} }]) {
    assert.deepEqual(compileConfig(nothing), defaults)
  }
})

test('what is given stands, and the defaults beside it', () => {
  const config = compileConfig({
    region: 'us-gov-west-1',
    environments: { torch: { python: '/opt/torch/bin/python' } },
    images: { 'me/*': 'torch' },
    stop: { grace: '5s' },
  })
  assert.equal(config.region, 'us-gov-west-1')
  assert.deepEqual(config.environments, { torch: { python: '/opt/torch/bin/python' } })
  assert.deepEqual(config.images, { 'me/*': 'torch' })
  assert.deepEqual(config.stop, { grace: 5000, signal: 'all' })
  const { retention } = compileConfig({ retention: { logs: '30d', jobs: '12h' } })
  assert.deepEqual(retention, { logs: 2_592_000_000, jobs: 43_200_000 })
})

test('domains of buckets are names, not addresses of servers', () => {
  const domains = ['s3.lab.example', 'gpu-box']
  assert.deepEqual(compileConfig({ s3: { domains } }).s3, { domains })
  for (const wrong of ['http://lab', 'lab:8484', '*.lab', '.lab', 'Lab', ''])
    assert.throws(() => compileConfig({ s3: { domains: [wrong] } }), ConfigError)
})

test('a fleet names types that there are, and quotas of them', () => {
  const kinds = { 'spot default': 0, 'spot ml.m5.large': 1, 'warm-pool default': 0, 'warm-pool ml.m5.large': 1 }
  const quotas = { default: 4, 'ml.m5.large': 2, ...kinds }
  const fleet = { cpus: 0.5, memory: '1GiB', gpus: 0, policy: 'fit', types: ['ml.m5.large'], quotas }
  assert.deepEqual(compileConfig({ fleet }).fleet, { ...fleet, memory: 2 ** 30 })
  for (const wrong of [
    { cpus: 0 },
    { gpus: 1.5 },
    { policy: 'grow' },
    { types: ['m5.large'] },
    { quotas: { 'ml.m5.larg': 1 } },
    { quotas: { 'spot  default': 1 } },
    { quotas: { 'spot warm-pool default': 1 } },
    { quotas: { 'spot warm-pool default': 1 } },
    { quotas: { default: -1 } },
  ])
    assert.throws(() => compileConfig({ fleet: wrong }), ConfigError)
})

test('durations and sizes have their units, or are numbers of the smallest', () => {
  const number = fc.integer({ min: 1, max: 1_000_000 })
  const units = fc.constantFrom(['ms', 1], ['s', 1e3], ['m', 6e4], ['h', 36e5], ['d', 864e5]) as fc.Arbitrary<
    [string, number]
  >
  const sizes = fc.constantFrom(['B', 1], ['KiB', 2 ** 10], ['MiB', 2 ** 20], ['GiB', 2 ** 30], ['TiB', 2 ** 40])
  fc.assert(
    fc.property(number, units, sizes as fc.Arbitrary<[string, number]>, (count, [unit, factor], [size, bytes]) => {
      const config = compileConfig({ stop: { grace: `${count}${unit}` }, logs: { 'max-bytes': `${count}${size}` } })
      assert.equal(config.stop.grace, count * factor)
      assert.equal(config.logs['max-bytes'], count * bytes)
      const plain = compileConfig({ stop: { grace: count }, logs: { 'max-bytes': count } })
      assert.deepEqual([plain.stop.grace, plain.logs['max-bytes']], [count, count])
    }),
    { numRuns: 50 },
  )
})

function issuesOf(value: unknown): readonly ConfigIssue[] {
  try {
    compileConfig(value)
  } catch (error) {
    if (error instanceof ConfigError) return error.issues
  }
  return assert.fail(`${JSON.stringify(value)} was not refused`)
}

const REFUSED: readonly (readonly [value: object, path: string, message: RegExp])[] = [
  [{ regoin: 'us-east-1' }, 'regoin', /^is not a setting$/],
  [{ stop: { graze: '1s' } }, 'stop.graze', /^is not a setting$/],
  [{ region: 'here' }, 'region', /must be a region such as us-east-1/],
  [{ stop: { grace: '1 minute' } }, 'stop.grace', /must be a duration such as/],
  [{ stop: { grace: -1 } }, 'stop.grace', /must be a duration such as/],
  [{ stop: { grace: true } }, 'stop.grace', /must be a duration such as/],
  [{ stop: { signal: 'some' } }, 'stop.signal', /^must be one of all, first$/],
  [{ retention: { logs: '1 month' } }, 'retention.logs', /must be a duration such as/],
  [{ retention: { objects: '30d' } }, 'retention.objects', /^is not a setting$/],
  [{ logs: { 'max-bytes': '1MB' } }, 'logs.max-bytes', /must be a size such as/],
  [{ logs: { 'max-bytes': 0 } }, 'logs.max-bytes', /must be a size such as/],
  [{ environments: { mine: { python: 'bin/python' } } }, 'environments.mine.python', /must be an absolute path/],
  [{ process: { isolation: 'docker' } }, 'process.isolation', /^must be one of auto, bwrap, /],
  [{ process: { uid: 0 } }, 'process.uid', /^must be a whole number from 1 to 2147483648$/],
  [{ process: { pids: 100.5 } }, 'process.pids', /^must be a whole number from 64 on$/],
  [{ fleet: { cpus: Number.NaN } }, 'fleet.cpus', /^must be a number from 0.001 to 1000000$/],
  [{ fleet: { types: 'ml.m5.large' } }, 'fleet.types', /^must be a list$/],
  [{ fleet: { types: ['ml.m5.large', 'm5'] } }, 'fleet.types.1', /must be an instance type/],
  [{ fleet: { quotas: { 'm5.large': 1 } } }, 'fleet.quotas.m5.large', /must be named by an instance type/],
  [{ rehearsals: { allow: 'yes' } }, 'rehearsals.allow', /^must be true or false$/],
  [{ environments: { mine: {} } }, 'environments.mine.python', /must be an absolute path/],
  [{ plans: { 'a b': 'run 1s' } }, 'plans.a b', /must be named by letters/],
  [{ plans: { mine: 1 } }, 'plans.mine', /^must be a plan/],
  [{ plans: { mine: { rehearse: 'x', simulate: 'y' } } }, 'plans.mine.simulate', /^is not a setting$/],
  [{ process: [] }, 'process', /^must have settings of its own$/],
  [{ process: null }, 'process', /^must have settings of its own$/],
]

for (const [value, path, message] of REFUSED) {
  test(`${JSON.stringify(value)} is refused by the name of the member`, () => {
    const issues = issuesOf(value)
    assert.deepEqual(
      issues.map(({ path }) => path.join('.')),
      [path],
    )
    assert.match(issues[0]?.message ?? '', message)
  })
}

test('everything that is wrong is said at once', () => {
  const issues = issuesOf({ region: 1, keep: { failed: 'long', ever: 1 }, novelty: {} })
  assert.deepEqual(issues.map(({ path }) => path.join('.')).toSorted(), [
    'keep.ever',
    'keep.failed',
    'novelty',
    'region',
  ])
})
