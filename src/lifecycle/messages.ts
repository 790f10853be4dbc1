/**
 * The exact texts of `StatusMessage` (behaviour 1.5). Consecutive messages must differ, because the v2 SDK notices a change by the
 * message alone (behaviour 1.3).
 */
export const MESSAGES = {
  starting: 'Starting the training job',
  preparing: 'Preparing the instances for training',
  insufficientCapacity: 'Insufficient capacity error from EC2 while launching instances, retrying!',
  unhealthy: 'Launched instance was unhealthy, replacing it!',
  waitingForCapacity: 'Training job waiting for capacity',
  downloading: 'Downloading input data',
  downloadingImage: 'Downloading the training image',
  training: 'Training image download completed. Training in progress.',
  uploading: 'Uploading generated training model',
  completed: 'Training job completed',
  failed: 'Training job failed',
  stopping: 'Stopping the training job',
  stopped: 'Training job stopped',
  // Unknown on AWS; the texts that behaviour 1.4.7, 1.4.8 and 1.4.10 recommend.
  maxRuntimeExceeded: 'Training job runtime exceeded MaxRuntimeInSeconds provided',
  maxWaitTimeExceeded: 'Training job wait time exceeded MaxWaitTimeInSeconds provided',
  interrupted: 'Training job interrupted. Waiting for spot capacity.',
  restarting: 'Restarting the training job',
  retained: 'Resource retained for reuse',
  released: 'Resource released due to keep alive period expiry',
} as const

/** The terminal element's message once another job runs on what this one kept warm (behaviour 1.5). */
export function reusedMessage(jobName: string): string {
  return `Resource reused by training job: ${jobName}`
}
