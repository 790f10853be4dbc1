import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needsJobNetwork } from '../support/needs-job-network.ts'
import { channelOf, ended, get, linesOf, put, statusesOf, submit } from './clients.ts'
import { startTestServer } from './test-server.ts'

const SCRIPT = readFileSync(join(import.meta.dirname, '../../examples/spot/train.py'), 'utf8')
/** Ten seconds at the least: the interruption comes long before the end. */
const STEPS = 100
const STEP_SECONDS = '0.1'
const INTERRUPT = 'interrupt@training+4s'
const CONFIGURATION = 'rehearsals: { allow: true }\nstop: { grace: 30s }\n'

function stepsOf(lines: readonly string[]): number[] {
  return lines.flatMap((line) => /^step=(\d+) /.exec(line)?.[1] ?? []).map(Number)
}

test(
  'a spot job of two instances that is interrupted in the middle goes on from its own checkpoint and completes',
  await needsJobNetwork(),
  async () => {
    await using server = await startTestServer({ configuration: CONFIGURATION })
    await put(server, 'code/train.py', SCRIPT)
    const resources = { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 1 } as const
    const name = await submit(server, 'exec python3 /opt/ml/input/data/code/train.py', {
      ResourceConfig: resources,
      InputDataConfig: [channelOf(server, 'code', 'code/')],
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 3600 },
      Environment: {
        CHECKPOINT: `s3://${server.bucket}/checkpoints/line.json`,
        STEPS: String(STEPS),
        STEP_SECONDS,
        TRAINYARD_REHEARSE: INTERRUPT,
      },
    })
    const job = await ended(server, name)
    const lines = await linesOf(server, name)
    assert.equal(job.TrainingJobStatus, 'Completed', `${job.FailureReason}\n${lines.join('\n')}`)
    const attempt = ['Starting', 'Downloading', 'Training']
    assert.deepEqual(statusesOf(job), [...attempt, 'Interrupted', ...attempt, 'Uploading', 'Completed'])
    // Unless this machine was too busy for even one step before the interruption.
    const resumed = lines.filter((line) => /^resumed at step \d+$/.test(line))
    assert.ok(resumed.length === 2 || lines.filter((line) => line === 'began').length === 4, lines.join('\n'))
    assert.equal(new Set(resumed).size <= 1, true, 'both instances go on from one step')
    const steps = stepsOf(lines)
    assert.equal(new Set(steps).size, steps.length, 'no step is made twice')
    assert.equal(Math.max(...steps), STEPS)
    assert.ok(steps.length >= STEPS - 1, 'the one that was under way may have been kept before it was printed')
    const model = execFileSync('tar', ['-xzO'], { input: await get(server, `out/${name}/output/model.tar.gz`) })
    const { slope, height } = JSON.parse(model.toString()) as { slope: number; height: number }
    assert.ok(Math.abs(slope - 3) < 0.01 && Math.abs(height - 2) < 0.01, model.toString())
  },
)
