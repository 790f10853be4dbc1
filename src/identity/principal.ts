/** Who makes a request. It is in the context of every operation. */
export interface Principal {
  /** Twelve digits. */
  readonly account: string
  readonly accessKeyId: string
  readonly kind: 'owner' | 'job' | 'read-only'
  readonly scope: PrincipalScope
}

export type PrincipalScope =
  | { readonly kind: 'everything' }
  /** A job's session: S3 in these buckets, and the metrics of this job, while the job runs. */
  | { readonly kind: 'buckets'; readonly jobId: string; readonly buckets: readonly string[] }

/** What verifying a signature needs to know of an access key. */
export interface Credential {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Set for a session: the request must carry exactly this token. */
  readonly sessionToken?: string
  readonly principal: Principal
}

/** Finds the credential of an access key; asked on every request. */
export interface CredentialSource {
  /**
   * @param sessionToken as the request carries it
   * @returns undefined for a key that does not exist; 'expired' for a session whose job has ended; 'bad-token' for a token that is not this key's
   */
  find(accessKeyId: string, sessionToken: string | undefined): FoundCredential | Promise<FoundCredential>
}

export type FoundCredential = Credential | 'expired' | 'bad-token' | undefined

/** The role that every key here acts in. */
const ROLE_NAME = 'trainyard'

/**
 * An assumed role and not a user: `get_execution_role()` of the SageMaker SDKs derives the job's role from this ARN and refuses anything else
 * (client-flows 3).
 */
export function principalArn({ account, kind }: Pick<Principal, 'account' | 'kind'>): string {
  return `arn:aws:sts::${account}:assumed-role/${ROLE_NAME}/${kind}`
}
