import { join } from 'node:path'
import { ServiceError } from '../../client/client-errors.ts'
import { getFile } from '../../client/get-file.ts'
import type { SignedClient } from '../../client/signed-client.ts'
import { outputKey, parseS3Uri, type S3Location } from '../../util/s3-uri.ts'
import { CommandError } from '../cli-errors.ts'
import type { Output } from '../terminal/output.ts'
import { TransferLine } from '../terminal/transfer-line.ts'
import { endOf, type JobDescription } from './job-description.ts'

/** The archives of a job, and the folder that each would be unpacked into (behaviour 3.10). */
const ARCHIVES = { 'model.tar.gz': 'model', 'output.tar.gz': 'output' } as const

export interface FetchedFile {
  readonly path: string
  /** `model` or `output` */
  readonly folder: string
}

/**
 * Brings what a job has left into a folder; a job that wrote no output has no output.tar.gz, and a failed one may have neither.
 *
 * @param view where to show how far it is
 * @throws CommandError where there is nothing to bring
 */
export async function fetchArtifacts(
  client: SignedClient,
  job: JobDescription,
  folder: string,
  view: { readonly out?: Output },
): Promise<readonly FetchedFile[]> {
  const fetched: FetchedFile[] = []
  for (const [name, target] of Object.entries(ARCHIVES)) {
    const path = join(folder, name)
    if (await fetchOne(client, archiveOf(job, name), { path, label: name, view }))
      fetched.push({ path, folder: target })
  }
  if (fetched.length > 0) return fetched
  const why = endOf(job)
    ? 'it left nothing in /opt/ml/model (SM_MODEL_DIR) and nothing in /opt/ml/output/data'
    : `it is ${job.SecondaryStatus}, and they are there when it has ended`
  throw new CommandError('NothingToFetch', `${job.TrainingJobName} has no model.tar.gz and no output.tar.gz:\n${why}.`)
}

function archiveOf(job: JobDescription, file: string): S3Location {
  const output = parseS3Uri(job.OutputDataConfig.S3OutputPath)
  if (!output) throw new CommandError('NothingToFetch', `${job.OutputDataConfig.S3OutputPath} is not an S3 path.`)
  return { bucket: output.bucket, key: outputKey(output, job.TrainingJobName, file) }
}

/** @returns whether it was there */
async function fetchOne(
  client: SignedClient,
  from: S3Location,
  { path, label, view }: { readonly path: string; readonly label: string; readonly view: { readonly out?: Output } },
): Promise<boolean> {
  using line = view.out ? new TransferLine(view.out, label) : undefined
  try {
    await getFile(client, from, path, {
      onSize: (bytes) => line?.expect(bytes),
      onBytes: (bytes) => line?.add(bytes),
    })
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'NoSuchKey') return false
    throw error
  }
  line?.finish()
  return true
}
