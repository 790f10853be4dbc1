import type { Principal } from '../../identity/principal.ts'
import { structure } from '../../protocol/shapes/declare.ts'
import { operation, type Service } from '../operation.ts'

/** The role that every key here acts in. */
const ROLE_NAME = 'trainyard'

/** STS, as far as clients of SageMaker need it (client-flows 1 and 3). */
export function stsService(): Service {
  return {
    name: 'sts',
    protocol: 'query',
    version: '2011-06-15',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    operations: { GetCallerIdentity: getCallerIdentity },
  }
}

const getCallerIdentity = operation({
  input: structure({}),
  handle: (_input, { principal }) => Promise.resolve(callerIdentity(principal)),
})

/**
 * An assumed role and not a user: `get_execution_role()` of the SageMaker SDKs derives the job's role from this ARN and refuses anything else
 * (client-flows 3).
 */
function callerIdentity({ account, kind, accessKeyId }: Principal): object {
  return {
    UserId: `${accessKeyId}:${kind}`,
    Account: account,
    Arn: `arn:aws:sts::${account}:assumed-role/${ROLE_NAME}/${kind}`,
  }
}
