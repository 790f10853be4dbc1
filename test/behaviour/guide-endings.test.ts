import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { plays, SPOT, type Deed, type Row } from './row.ts'
import { advance, COMMON, inTurn, interrupt, JOB, openWorld, stop, type World } from './world.ts'

const LONG = { StoppingCondition: { MaxRuntimeInSeconds: 86_400 } }
const ACCELERATOR = { ResourceConfig: { ...COMMON.ResourceConfig, InstanceType: 'ml.g5.xlarge' } } as const
const HOURLY = Array.from({ length: 4 }, () => [advance('1h'), interrupt]).flat()

interface Ending {
  readonly request?: Row['request']
  readonly configuration?: string
  readonly deed?: Deed
  /** Primary, secondary status and reason. */
  readonly end: RegExp
}

/** What stands beside each line of the guide's table, by its first cell; and how the job ends. */
const ENDINGS: Readonly<Record<string, Ending>> = {
  Completed: { end: /^Completed Completed undefined$/ },
  "Failed, the script's own error": { end: /^Failed Failed AlgorithmError: no such column, exit code: 1$/ },
  'Failed, out of memory': { end: /^Failed Failed ClientError: Please use an instance type with more memory/ },
  'Failed, bad input': { end: /^Failed Failed ClientError: Data download failed:no such key$/ },
  'Failed, no such image': { end: /^Failed Failed ClientError: Cannot pull algorithm container\./ },
  'Failed, the upload': { end: /^Failed Failed ClientError: Artifact upload failed:denied$/ },
  "Failed, AWS's own error": { end: /^Failed Failed InternalServerError: / },
  'Completed after a retry': {
    request: { RetryStrategy: { MaximumRetryAttempts: 1 } },
    end: /^Completed Completed undefined$/,
  },
  'Failed because of one host': {
    request: { ResourceConfig: { ...COMMON.ResourceConfig, InstanceCount: 2 } },
    end: /^Failed Failed AlgorithmError: , exit code: 1$/,
  },
  'Failed, no such machine to be had': {
    request: ACCELERATOR,
    configuration: 'fleet: { policy: fit, gpus: 0 }\n',
    end: /^Failed Failed CapacityError: /,
  },
  Stopped: { deed: inTurn(advance('1h'), stop), end: /^Stopped Stopped undefined$/ },
  'Stopped, its whole grace': { deed: inTurn(advance('1h'), stop), end: /^Stopped Stopped undefined$/ },
  MaxRuntimeExceeded: { request: LONG, end: /^Stopped MaxRuntimeExceeded undefined$/ },
  'Interrupted and resumed': {
    request: { ...SPOT, StoppingCondition: { MaxRuntimeInSeconds: 36_000, MaxWaitTimeInSeconds: 72_000 } },
    deed: inTurn(advance('2h'), interrupt),
    end: /^Completed Completed undefined$/,
  },
  MaxWaitTimeExceeded: {
    request: { ...SPOT, StoppingCondition: { MaxRuntimeInSeconds: 14_400, MaxWaitTimeInSeconds: 14_400 } },
    deed: inTurn(...HOURLY.slice(0, -1)),
    end: /^Stopped MaxWaitTimeExceeded undefined$/,
  },
}

/** The first two cells of the table of endings. */
function linesOfGuide(): readonly (readonly [ending: string, script: string])[] {
  const guide = readFileSync(new URL('../../docs/guides/test-your-pipeline.md', import.meta.url), 'utf8')
  const table = guide.split('## The endings, one line each')[1]?.split('\n## ')[0] ?? ''
  const lines = table.matchAll(/^\| ([^|]+?) \| `([^`]+)` \|/gm)
  // The first is the head.
  return Array.from(lines, ([, ending = '', script = '']) => [ending, script] as const).slice(1)
}

async function endOf({ server }: World): Promise<string> {
  const { job } = await server.history(JOB)
  return `${String(job['TrainingJobStatus'])} ${String(job['SecondaryStatus'])} ${String(job['FailureReason'])}`
}

test('the guide to testing a pipeline has these endings', () => {
  assert.deepEqual(
    linesOfGuide().map(([ending]) => ending),
    Object.keys(ENDINGS),
  )
})

for (const [ending, script] of linesOfGuide())
  test(`the guide's line "${script}" ends as it says: ${ending}`, async () => {
    const { request, configuration, deed, end } = ENDINGS[ending] ?? assert.fail(`nothing is known of ${ending}`)
    await using world = await openWorld(configuration)
    await world.create(JOB, { ...LONG, ...request, ...plays(script) })
    await deed?.(world)
    assert.ok(await world.server.runUntilIdle())
    assert.match(await endOf(world), end)
  })
