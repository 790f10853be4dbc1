import type { CreateTrainingJobRequest } from '../protocol/shapes/training-job.ts'

/** What a job was asked for; validated when it was accepted. */
export type JobRequest = CreateTrainingJobRequest
export type InputChannel = NonNullable<JobRequest['InputDataConfig']>[number]

/** @param text the request as the store keeps it: what CreateTrainingJob accepted, so its shape is known */
export function parseJobRequest(text: string): JobRequest {
  return JSON.parse(text) as JobRequest
}

/** Seconds; the default where the request names none (behaviour 2.3). */
export function maxRuntimeSeconds(request: JobRequest): number {
  return request.StoppingCondition?.MaxRuntimeInSeconds ?? 86_400
}

/** Entrypoint and arguments as one command; undefined where the environment's `train` is meant (behaviour 3.1). */
export function commandOf(request: JobRequest): readonly string[] | undefined {
  const { ContainerEntrypoint: entrypoint, ContainerArguments: given } = request.AlgorithmSpecification ?? {}
  if (!entrypoint && !given) return undefined
  return [...(entrypoint ?? []), ...(given ?? [])]
}
