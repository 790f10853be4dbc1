import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { systemDurableFiles } from '../../durable/durable-files.ts'

export interface SdkConfigFiles {
  /** For SAGEMAKER_USER_CONFIG_OVERRIDE. */
  readonly userConfig: string
  /** For SAGEMAKER_CORE_USER_CONFIG_OVERRIDE. */
  readonly coreConfig: string
}

/**
 * Writes the SageMaker SDK's config files below `<data>/client/`. With a default bucket neither SDK asks STS for the account, which they would do at AWS's own
 * address whatever the endpoint (client-flows 9); telemetry would go there as well.
 *
 * Two files, because the two readers exclude each other: the SDK's schema refuses any member under `PythonSDK` but `Modules`, and the one of sagemaker-core
 * requires `Resources`.
 */
export async function writeSdkConfig(dataFolder: string, defaultBucket: string): Promise<SdkConfigFiles> {
  const folder = join(dataFolder, 'client')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const files = { userConfig: join(folder, 'sagemaker.yaml'), coreConfig: join(folder, 'sagemaker-core.yaml') }
  const modules = { Session: { DefaultS3Bucket: defaultBucket }, TelemetryOptOut: true }
  await write(files.userConfig, { Modules: modules })
  await write(files.coreConfig, { Resources: {} })
  return files
}

async function write(path: string, pythonSdk: object): Promise<void> {
  const text = stringify({ SchemaVersion: '1.0', SageMaker: { PythonSDK: pythonSdk } })
  await systemDurableFiles.write(path, `# Written by 'trainyard env'.\n${text}`)
}
