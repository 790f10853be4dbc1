import { artifactUploadFailed } from '../../lifecycle/failure-reason.ts'
import type { JobState } from '../../lifecycle/job.ts'
import { ObjectStoreError, type ObjectStore } from '../../objects/objects.ts'
import { InstanceError, type Artifact } from '../../runtime/runtime.ts'
import { outputKey, parseS3Uri, type S3Location } from '../../util/s3-uri.ts'
import type { Stage, StageWork, SupervisorContext } from '../context.ts'
import { endAttempt } from './end-attempt.ts'
import { findInstances } from './instances.ts'
import { requireOwnBucket } from './own-bucket.ts'

const FILES = { model: 'model.tar.gz', output: 'output.tar.gz' } as const satisfies Record<Artifact['kind'], string>

/** Uploading: model and output of all hosts become objects, the metrics their final values, the job terminal. A Stop does not cut it short (behaviour 1.4.6). */
export const uploading: StageWork = async (context, stage) => {
  const { metrics } = context
  const { job, request } = stage
  try {
    const artifacts = await upload(context, stage)
    const finalMetrics = await metrics.finish(job, request)
    const model = modelArtifacts(stage, artifacts)
    const results = {
      ...(model === undefined ? {} : { modelArtifacts: model }),
      ...(finalMetrics.length > 0 ? { finalMetrics } : {}),
    }
    const details = { artifacts: artifacts.map(({ kind, size }) => ({ kind, size })) }
    await stage.record({ kind: 'finished', ...results }, details)
  } catch (error) {
    return endAttempt(context, stage, error, artifactUploadFailed)
  }
}

async function upload(context: SupervisorContext, stage: Stage): Promise<readonly Artifact[]> {
  const { instances, missing } = await findInstances(context, stage)
  if (missing[0] !== undefined)
    throw new InstanceError('platform', `Nothing is left of ${missing[0]}, whose output is to be uploaded`)
  const ids = instances.map(({ id }) => id)
  const artifacts = await context.runtime.collect(ids, { signal: stage.closing })
  for (const artifact of artifacts) await place(context.objects, stage, artifact)
  return artifacts
}

async function place(objects: ObjectStore, stage: Stage, artifact: Artifact): Promise<void> {
  const { local } = objects
  const { bucket, key } = location(stage, artifact.kind)
  if (!local) throw new InstanceError('platform', 'This object store offers no files of this machine')
  const { path, size, md5: etag } = artifact
  try {
    await requireOwnBucket(objects, stage.job, bucket)
    await local.adopt(bucket, key, { path, size, etag, contentType: 'application/x-tar' })
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error
    throw new InstanceError('client', `${error.code}: ${error.message}`, { cause: error })
  }
}

function location(stage: Stage, kind: Artifact['kind']): S3Location {
  const path = stage.request.OutputDataConfig.S3OutputPath
  const output = parseS3Uri(path)
  if (!output) throw new InstanceError('client', `${path} is not an S3 URI`)
  return { bucket: output.bucket, key: outputKey(output, stage.job.name, FILES[kind]) }
}

/** An empty model folder gives no object, yet the path it would have; after a failure only what was really written counts (behaviour 3.10, unknown on AWS). */
function modelArtifacts(stage: Stage, artifacts: readonly Artifact[]): string | undefined {
  const written = artifacts.some(({ kind }) => kind === 'model')
  if (!written && failed(stage.job.state)) return undefined
  const { bucket, key } = location(stage, 'model')
  return `s3://${bucket}/${key}`
}

function failed(state: JobState): boolean {
  return state.outcome?.kind === 'failed'
}
