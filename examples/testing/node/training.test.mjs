import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SageMaker, waitUntilTrainingJobCompletedOrStopped } from '@aws-sdk/client-sagemaker'
import { STS } from '@aws-sdk/client-sts'
import { startTrainyard } from './trainyard.mjs'

let stopTrainyard
before(async () => (stopTrainyard = await startTrainyard()))
after(() => stopTrainyard())

/** Stands for the code that is tested. */
async function train(name, script) {
  const sagemaker = new SageMaker()
  const { Account } = await new STS().getCallerIdentity({})
  await sagemaker.createTrainingJob({
    TrainingJobName: name,
    RoleArn: `arn:aws:iam::${Account}:role/SageMakerRole`,
    AlgorithmSpecification: {
      TrainingImage: '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-cpu-py312',
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['sh', '-c', script],
    },
    OutputDataConfig: { S3OutputPath: `s3://sagemaker-${await sagemaker.config.region()}-${Account}/models` },
    ResourceConfig: { InstanceType: 'ml.p5.48xlarge', InstanceCount: 1, VolumeSizeInGB: 100 },
    StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  })
  const waiter = { client: sagemaker, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }
  await waitUntilTrainingJobCompletedOrStopped(waiter, { TrainingJobName: name }).catch(() => {})
  return sagemaker.describeTrainingJob({ TrainingJobName: name })
}

test('a job that ends well is Completed', async () => {
  const { TrainingJobStatus, FailureReason } = await train('good', 'echo weights > /opt/ml/model/weights')
  assert.deepEqual([TrainingJobStatus, FailureReason], ['Completed', undefined])
})

test('a job that fails says why', async () => {
  const job = await train('bad', "echo 'no such column: age' > /opt/ml/output/failure; exit 1")
  assert.equal(job.TrainingJobStatus, 'Failed')
  assert.match(job.FailureReason, /no such column: age/)
})
