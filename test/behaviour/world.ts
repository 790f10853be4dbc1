import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  StopTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  type SageMakerServiceException,
} from '@aws-sdk/client-sagemaker'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { startTrainyard } from '../../src/testing/start-trainyard.ts'
import type { TestingServer } from '../../src/testing/testing-server.ts'
import type { Deed } from './row.ts'

/** Epoch milliseconds at which job time begins: within a second, so that flooring shows. */
export const BEGIN = Date.UTC(2026, 0, 1, 12, 0, 0, 250)
export const JOB = 'the-job'
export const EARLIER = 'an-earlier-job'

/** A server, and a real client of it. */
export interface World extends AsyncDisposable {
  readonly server: TestingServer
  create(name: string, request: Partial<CreateTrainingJobCommandInput>): Promise<void>
  stop(name: string): Promise<void>
  /** The whole answer, without what the client adds. */
  describe(name: string): Promise<object>
}

/** What every job of the table asks for. */
export const COMMON = {
  RoleArn: 'arn:aws:iam::111122223333:role/service-role/Role',
  AlgorithmSpecification: {
    TrainingImage: '111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1',
    TrainingInputMode: 'File',
  },
  OutputDataConfig: { S3OutputPath: 's3://behaviour/out' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 36_000 },
} as const satisfies Partial<CreateTrainingJobCommandInput>

/** @param configuration lines of its `trainyard.yaml` */
export async function openWorld(configuration = ''): Promise<World> {
  const server = await startTrainyard({
    startTime: new Date(BEGIN),
    configuration: `rehearsals: { allow: true }\n${configuration}`,
  })
  const { endpoint, region, credentials } = server
  const sagemaker = new SageMakerClient({ endpoint, region, credentials })
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket: 'behaviour' }))
  await s3.send(new PutObjectCommand({ Bucket: 'behaviour', Key: 'in/data.csv', Body: '1,2,3\n' }))
  return {
    server,
    async create(name, request) {
      await sagemaker.send(new CreateTrainingJobCommand({ TrainingJobName: name, ...COMMON, ...request }))
      await server.advance(0)
    },
    async stop(name) {
      await sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
      await server.advance(0)
    },
    async describe(name) {
      const { $metadata: _ours, ...job } = await sagemaker.send(
        new DescribeTrainingJobCommand({ TrainingJobName: name }),
      )
      return job
    },
    async [Symbol.asyncDispose]() {
      sagemaker.destroy()
      s3.destroy()
      await server.close()
    },
  }
}

/** Nothing but what follows at once. */
export const nothing: Deed = ({ server }) => server.advance(0)

/** @param by `5m` */
export function advance(by: string): Deed {
  return ({ server }) => server.advance(by)
}

export function inTurn(...deeds: readonly Deed[]): Deed {
  return async (world) => {
    for (const deed of deeds) await deed(world)
  }
}

export const stop: Deed = (world) => world.stop(JOB)

/** The end of spare capacity. */
export const interrupt: Deed = async ({ server }) => {
  if (!(await server.interrupt(JOB))) throw new TypeError('the job was not interrupted')
  await server.advance(0)
}

/** A stop that is refused with this text. */
export function refusedStop(text: string): Deed {
  return async (world) => {
    const refusal = await world.stop(JOB).then(
      () => 'it was accepted',
      ({ name, message }: SageMakerServiceException) => `${name}: ${message}`,
    )
    if (refusal !== text) throw new TypeError(`The stop: ${refusal}`)
  }
}
