import type { SignedClient } from '../../client/signed-client.ts'
import type { Placement } from '../../lifecycle/placement.ts'
import { uriEncode } from '../../protocol/uri.ts'
import type { RehearsalReport } from '../../rehearsal/report.ts'
import type { JobDescription } from './job-description.ts'

/** What `GET /-/jobs/NAME` answers: Describe, and what AWS's API has no place for. */
export interface JobFacts {
  readonly job: JobDescription
  /** Members of the request that are kept and shown, and change nothing. */
  readonly notHonoured: readonly { readonly member: string; readonly note: string }[]
  /** Members of the request that the API does not know. */
  readonly unknownMembers: readonly string[]
  /** Of a job that is broken on purpose. */
  readonly rehearsal?: RehearsalReport
  /** Which part of the machine it has, or had last. */
  readonly placement?: Placement
  /** What it left when it ended; not known before, nor where its journal has been pruned. */
  readonly artifacts?: readonly { readonly kind: 'model' | 'output'; readonly size: number }[]
}

/** @throws ServiceError for a job that does not exist */
export async function jobFacts(client: SignedClient, name: string): Promise<JobFacts> {
  return (await client.own(`/-/jobs/${uriEncode(name)}`)) as JobFacts
}

/** Where a job's model is; nothing for one that has none by its record. The API names the would-be place for every Completed job, also where no model was left there (behaviour 3.10). */
export function modelOf({ job, artifacts }: JobFacts): string | undefined {
  const place = job.ModelArtifacts?.S3ModelArtifacts
  const isLeft = artifacts === undefined || artifacts.some(({ kind }) => kind === 'model')
  return place === undefined || isLeft ? place : 'none: the job left nothing in /opt/ml/model'
}
