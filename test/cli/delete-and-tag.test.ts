import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { CreateTrainingJobCommand } from '@aws-sdk/client-sagemaker'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import { clientsOf, ended } from '../e2e/clients.ts'
import { serve, trainyard } from './program.ts'
import { temporaryFolder } from './temporary-folder.ts'

test('Tags are set, shown and removed; a job that has ended is deleted, one that runs or is not there is not', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const { url } = await serve(t, data, {}, '--runtime', 'simulated')
  const clients = await clientsOf(data, url)
  await clients.sagemaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: 'digits',
      RoleArn: 'arn:aws:iam::111122223333:role/service-role/Role',
      AlgorithmSpecification: { TrainingImage: 'local/python', TrainingInputMode: 'File' },
      OutputDataConfig: { S3OutputPath: `s3://${clients.bucket}/out` },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
    }),
  )
  const tag = (...args: readonly string[]) => trainyard(['tag', 'digits', ...args, '--data', data])
  assert.match((await tag()).stderr, /digits has no tags/)
  assert.match((await tag('team=vision', 'stage=a=b')).stdout, /^KEY +VALUE\nstage +a=b\nteam +vision\n$/)
  assert.deepEqual(JSON.parse((await tag('stage=c', '--remove', 'team', '--json')).stdout), [
    { Key: 'stage', Value: 'c' },
  ])
  const wrong = await tag('team')
  assert.deepEqual([wrong.code, /of the form/.test(wrong.stderr)], [EXIT_CODES.usage.code, true])

  await ended(clients, 'digits')
  const { code, stdout, stderr } = await trainyard(['delete', 'nobody', 'digits', '--data', data])
  assert.equal(code, EXIT_CODES.error.code)
  assert.match(stderr, /nobody: ValidationException: Requested resource not found\./)
  assert.equal(stdout, 'digits is deleted.\n')
  const again = await trainyard(['delete', 'nobody', '--json', '--data', data])
  const [result] = JSON.parse(again.stdout) as readonly { readonly name: string; readonly deleted: boolean }[]
  assert.deepEqual([result?.name, result?.deleted], ['nobody', false])
})
