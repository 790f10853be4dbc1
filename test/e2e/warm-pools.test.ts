import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeleteTrainingJobCommand, ListTrainingJobsCommand, UpdateTrainingJobCommand } from '@aws-sdk/client-sagemaker'
import { channelOf, describe, ended, linesOf, put, submit } from './clients.ts'
import { startTestServer } from './test-server.ts'

const RESOURCES = { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 } as const

test('a second job runs on what the first left: its data as they were stored, and nothing else of it', async () => {
  await using server = await startTestServer()
  await put(server, 'in/a.txt', 'stored')
  const job = (script: string, KeepAlivePeriodInSeconds?: number) =>
    submit(server, script, {
      InputDataConfig: [channelOf(server, 'train', 'in/')],
      ResourceConfig: { ...RESOURCES, ...(KeepAlivePeriodInSeconds ? { KeepAlivePeriodInSeconds } : {}) },
    })
  const data = '/opt/ml/input/data/train'
  const first = await job(
    `chmod 777 ${data}/a.txt; echo mine >${data}/a.txt; echo m >/opt/ml/model/m; echo t >/tmp/t`,
    600,
  )
  const kept = await ended(server, first)
  assert.deepEqual(kept.WarmPoolStatus, { Status: 'Available' })
  assert.equal(kept.SecondaryStatusTransitions?.at(-1)?.StatusMessage, 'Resource retained for reuse')
  await assert.rejects(server.sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: first })), {
    name: 'ResourceInUse',
  })
  const second = await job(
    `cat ${data}/a.txt; stat -c ' %a' ${data}/a.txt; ls /opt/ml/model /tmp | grep -cx '[mt]'; true`,
    60,
  )
  assert.equal((await ended(server, second)).TrainingJobStatus, 'Completed')
  // A link below an overlay has the object's mode, a copy its own.
  const [found = '', ...others] = await linesOf(server, second)
  assert.match(found, /^stored (600|644)$/)
  assert.deepEqual(others, ['0'])
  const { WarmPoolStatus: reused } = await describe(server, first)
  assert.deepEqual([reused?.Status, reused?.ReusedByJob], ['Reused', second])
  const ResourceConfig = { KeepAlivePeriodInSeconds: 0 }
  await server.sagemaker.send(new UpdateTrainingJobCommand({ TrainingJobName: second, ResourceConfig }))
  const released = await server.sagemaker.send(new ListTrainingJobsCommand({ WarmPoolStatusEquals: 'Terminated' }))
  assert.deepEqual(
    released.TrainingJobSummaries?.map(({ TrainingJobName }) => TrainingJobName),
    [second],
  )
})
