import assert from 'node:assert/strict'
import { SageMaker, type DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker'
import type { ClientServer } from './client-server.ts'

/** The way of a job that completes, as every client must see it (behaviour 1.4.2, 1.5; a plain process fetches no image). */
export const WHOLE_WAY = [
  ['Starting', 'Preparing the instances for training'],
  ['Downloading', 'Downloading input data'],
  ['Training', 'Training image download completed. Training in progress.'],
  ['Uploading', 'Uploading generated training model'],
  ['Completed', 'Training job completed'],
] as const

/** Checks the job's record: every status with its message, joined without gaps, and what only a completed job has. */
export async function assertWholeWay(server: ClientServer, job: string): Promise<DescribeTrainingJobResponse> {
  const description = await describe(server, job)
  const transitions = description.SecondaryStatusTransitions ?? []
  const way = transitions.map(({ Status, StatusMessage }) => [Status, StatusMessage])
  assert.deepEqual(way, WHOLE_WAY)
  transitions.slice(1).forEach(({ StartTime }, index) => assert.deepEqual(transitions[index]?.EndTime, StartTime))
  assert.equal(description.TrainingJobStatus, 'Completed')
  assert.equal(description.SecondaryStatus, 'Completed')
  assert.equal(description.FailureReason, undefined)
  assert.match(description.ModelArtifacts?.S3ModelArtifacts ?? '', new RegExp(`/${job}/output/model\\.tar\\.gz$`))
  return description
}

/** Checks that a client showed the same way in its own output: one line a status, its message after it. */
export function assertShown(stdout: string): void {
  const lines = stdout.split('\n').map((line) => line.replace(/\s+/g, ' ').trim())
  const shown = lines.filter((line) => WHOLE_WAY.some(([status, message]) => line === `${status} ${message}`))
  assert.deepEqual(
    shown,
    WHOLE_WAY.map(([status, message]) => `${status} ${message}`),
  )
}

async function describe({ variables }: ClientServer, job: string): Promise<DescribeTrainingJobResponse> {
  const client = new SageMaker({
    endpoint: variables['AWS_ENDPOINT_URL'] ?? '',
    region: variables['AWS_REGION'] ?? '',
    credentials: {
      accessKeyId: variables['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: variables['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  })
  return client.describeTrainingJob({ TrainingJobName: job })
}
