/** The forms of `FailureReason` (behaviour 3.8), whose fault each is written into its class. */

const LONGEST = 1024

/** The command ended non-zero: the failure file's text, clipped so that the suffix always fits. */
export function algorithmError(failure: string, exitCode: number): string {
  const prefix = 'AlgorithmError: '
  const suffix = `, exit code: ${exitCode}`
  return prefix + failure.trimEnd().slice(0, LONGEST - prefix.length - suffix.length) + suffix
}

export function clientError(detail: string): string {
  return `ClientError: ${detail}`.slice(0, LONGEST)
}

export function dataDownloadFailed(detail: string): string {
  return `ClientError: Data download failed:${detail}`.slice(0, LONGEST)
}

export function artifactUploadFailed(detail: string): string {
  return `ClientError: Artifact upload failed:${detail}`.slice(0, LONGEST)
}

export const OUT_OF_MEMORY =
  'ClientError: Please use an instance type with more memory, or reduce the size of job data processed on an instance.'

/** What comes after `CapacityError: `. */
export const NO_CAPACITY =
  'Unable to provision requested ML compute capacity. Please retry using a different ML instance type.'

/** What comes after `ClientError: ` where the image cannot be had, and where the role cannot be assumed. */
export const IMAGE_REFUSED =
  'Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect.'
export const ROLE_REFUSED =
  'TrainingHostAgent Initialization failed:InvalidInputException: SageMaker is unable to perform: sts:AssumeRole on the role. ' +
  "Check if you have a trust relationship for 'sagemaker.amazonaws.com' to assume the role."

/** A platform fault. The cause is in the server's log and in the job's journal, not here: AWS says no more than this. */
export const INTERNAL_SERVER_ERROR = 'InternalServerError: We encountered an internal error. Please try again.'
