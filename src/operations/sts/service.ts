import { principalArn, type Principal } from '../../identity/principal.ts'
import { structure } from '../../protocol/shapes/declare.ts'
import { operation, type Service } from '../operation.ts'

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
  access: 'read',
  input: structure({}),
  handle: (_input, { principal }) => Promise.resolve(callerIdentity(principal)),
})

function callerIdentity(principal: Principal): object {
  const { account, kind, accessKeyId } = principal
  return { UserId: `${accessKeyId}:${kind}`, Account: account, Arn: principalArn(principal) }
}
