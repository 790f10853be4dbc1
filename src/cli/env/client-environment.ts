import type { Identity } from '../../identity/identity.ts'
import type { SdkConfigFiles } from './sdk-config.ts'

/** The variables by which any AWS client, and both SageMaker SDKs, find a server (client-flows 9). */
export function clientEnvironment(
  url: string,
  identity: Identity,
  { userConfig, coreConfig }: SdkConfigFiles,
): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: identity.accessKeyId,
    AWS_SECRET_ACCESS_KEY: identity.secretAccessKey,
    AWS_REGION: identity.region,
    AWS_DEFAULT_REGION: identity.region,
    SAGEMAKER_USER_CONFIG_OVERRIDE: userConfig,
    SAGEMAKER_CORE_USER_CONFIG_OVERRIDE: coreConfig,
  }
}
