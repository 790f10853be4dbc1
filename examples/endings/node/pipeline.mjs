import { CreateTrainingJobCommand, DescribeTrainingJobCommand } from '@aws-sdk/client-sagemaker'

const OVER = ['Completed', 'Failed', 'Stopped']

/** Runs a training job to its end and says what the pipeline does next. `pause` waits between two looks. */
export async function train(sagemaker, request, pause) {
  await sagemaker.send(new CreateTrainingJobCommand(request))
  const look = new DescribeTrainingJobCommand({ TrainingJobName: request.TrainingJobName })
  let job = await sagemaker.send(look)
  while (!OVER.includes(job.TrainingJobStatus)) {
    await pause()
    job = await sagemaker.send(look)
  }
  return nextStep(job)
}

function nextStep({ SecondaryStatus, FailureReason = '', ModelArtifacts }) {
  if (SecondaryStatus === 'Completed') return `register ${ModelArtifacts.S3ModelArtifacts}`
  if (SecondaryStatus === 'MaxRuntimeExceeded') return 'ask for more time'
  if (SecondaryStatus === 'MaxWaitTimeExceeded') return 'run it on demand'
  if (SecondaryStatus === 'Stopped') return 'nothing: somebody stopped it'
  if (FailureReason.startsWith('CapacityError')) return 'ask for another instance type'
  if (FailureReason.startsWith('InternalServerError')) return 'try again later'
  return `tell its author: ${FailureReason}`
}
