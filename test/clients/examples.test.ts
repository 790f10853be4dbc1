import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { ClientServer, EXAMPLES, type ClientResult } from './client-server.ts'
import { assertShown, assertWholeWay } from './whole-way.ts'

const TRAINED = /epoch=3 loss=0\.\d+ accuracy=0\.9\d+/
const LIMIT = { timeout: 300_000 }

let server: ClientServer

before(async () => {
  server = await ClientServer.start()
})
after(() => server[Symbol.asyncDispose]())

function example(name: string): string {
  return join(EXAMPLES, 'clients', name)
}

/** Where an example says that it has put the model there is one, and nothing of it is left in the folder for temporary files. */
function assertFetched({ stdout }: ClientResult) {
  const [, model = ''] = /^model is in (.*)$/m.exec(stdout) ?? []
  assert.equal(dirname(dirname(model)), server.folder, 'in a folder of the job, where the example was called')
  assert.ok(statSync(model).size > 0)
  assert.deepEqual(readdirSync(server.temporaryFiles), [])
}

/** What all examples must have done; the name of the job is in what they print. */
async function assertTrained(result: ClientResult, job: RegExp) {
  assert.equal(result.code, 0, result.stdout + result.stderr)
  assertShown(result.stdout)
  const found = job.exec(result.stdout)?.[0]
  assert.ok(found, `no name of a job in:\n${result.stdout}`)
  const description = await assertWholeWay(server, found)
  const accuracy = description.FinalMetricDataList?.find(({ MetricName }) => MetricName === 'accuracy')
  assert.ok((accuracy?.Value ?? 0) > 0.9)
  assert.deepEqual(server.forbidden, [])
}

test('the example for boto3 trains, unmodified', LIMIT, async () => {
  const result = await server.runPython('aws', 'python', [example('boto3_job.py')])
  await assertTrained(result, /digits-boto3-\d+/)
  assert.match(result.stdout, TRAINED)
  assertFetched(result)
})

test('the example for the AWS CLI trains, unmodified', LIMIT, async () => {
  const result = await server.runPython('aws', 'sh', [example('aws_cli.sh')])
  await assertTrained(result, /digits-cli-\d+/)
  assert.match(result.stdout, TRAINED)
  assert.match(result.stdout, /accuracy=0\.9\d+ of 359 digits/)
})

test('the example for the JavaScript SDK trains, unmodified', LIMIT, async () => {
  const result = await server.runNode(example('javascript-job.mjs'))
  await assertTrained(result, /digits-javascript-\d+/)
  assert.match(result.stdout, TRAINED)
  assertFetched(result)
})

test('the example for ModelTrainer of SDK version 3 trains, unmodified', LIMIT, async () => {
  const result = await server.runPython('sagemaker-v3', 'python', [example('model_trainer.py')])
  await assertTrained(result, /(?<=^job is )digits-model-trainer-\d+$/m)
  // It breaks the log's lines where its column ends.
  assert.match(result.stderr + result.stdout, /epoch=3 loss=0\.\d+\s+accuracy=0\.9\d+/)
})

test('the example for Estimator of SDK version 2 trains, unmodified', LIMIT, async () => {
  const result = await server.runPython('sagemaker-v2', 'python', [example('estimator.py')])
  await assertTrained(result, /(?<=^job is )digits-estimator-[\d-]+$/m)
  assert.match(result.stdout, TRAINED)
})
