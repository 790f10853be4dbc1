/** The forms of `FailureReason` (behaviour 3.8), whose fault each is written into its class. */

const LONGEST = 1024

/** The command ended non-zero: the failure file's text, clipped so that the suffix always fits. */
export function algorithmError(failure: string, exitCode: number): string {
  const prefix = 'AlgorithmError: '
  const suffix = `, exit code: ${exitCode}`
  return prefix + failure.trimEnd().slice(0, LONGEST - prefix.length - suffix.length) + suffix
}

export function dataDownloadFailed(detail: string): string {
  return `ClientError: Data download failed:${detail}`.slice(0, LONGEST)
}

export function artifactUploadFailed(detail: string): string {
  return `ClientError: Artifact upload failed:${detail}`.slice(0, LONGEST)
}

export const OUT_OF_MEMORY =
  'ClientError: Please use an instance type with more memory, or reduce the size of job data processed on an instance.'

/** A platform fault. The cause is in the server's log and in the job's journal, not here: AWS says no more than this. */
export const INTERNAL_SERVER_ERROR = 'InternalServerError: We encountered an internal error. Please try again.'
