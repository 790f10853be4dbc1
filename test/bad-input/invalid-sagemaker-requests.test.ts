import { test } from 'node:test'
import { needsModelOf } from '../support/service-model.ts'
import { checkInvalidRequests, JOB } from './check-invalid-requests.ts'
import { SAGEMAKER } from './wires.ts'

test('invalid requests of SageMaker each get the right 4xx and change nothing', needsModelOf('sagemaker'), (t) =>
  checkInvalidRequests(t, {
    wires: [SAGEMAKER],
    share: 0.32,
    least: ['CreateTrainingJob', 'DescribeTrainingJob', 'ListTrainingJobs', 'StopTrainingJob', 'DeleteTrainingJob'].map(
      (name) => `sagemaker (JSON).${name}`,
    ),
    aim: { TrainingJobName: JOB },
  }),
)
