import { hash } from 'node:crypto'
import { list, optional, structure, text } from '../../protocol/shapes/declare.ts'
import { operation, type Service } from '../operation.ts'

/** What sagemaker.amazonaws.com needs to take a role: SDK v3 looks for exactly this statement (client-flows 3). */
const TRUST_POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' }],
}

/** Roles are not kept here, so none has a date of its own: it is that of SageMaker itself. */
const CREATE_DATE = new Date('2017-11-29T00:00:00Z')
const LONGEST_SESSION_SECONDS = 3600

/** IAM, as far as the SageMaker SDKs ask for it before they submit a job: every role exists and may do everything (client-flows 2 and 3). */
export function iamService(): Service {
  return {
    name: 'iam',
    protocol: 'query',
    version: '2010-05-08',
    xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    operations: { GetRole: getRole, SimulatePrincipalPolicy: simulatePrincipalPolicy },
  }
}

const getRole = operation({
  access: 'read',
  input: structure({ RoleName: text({ min: 1, max: 64, pattern: '[\\w+=,.@-]+' }) }),
  handle: ({ RoleName }, { principal }) => Promise.resolve({ Role: role(RoleName, principal.account) }),
})

const simulatePrincipalPolicy = operation({
  access: 'read',
  input: structure({
    PolicySourceArn: text({ min: 20, max: 2048 }),
    ActionNames: list(text({ min: 3, max: 128 })),
    ResourceArns: optional(list(text({ min: 1, max: 2048 }))),
  }),
  handle: ({ ActionNames, ResourceArns = ['*'] }) =>
    Promise.resolve({
      EvaluationResults: ActionNames.flatMap((action) => ResourceArns.map((resource) => allowed(action, resource))),
      IsTruncated: false,
    }),
})

function role(name: string, account: string): object {
  return {
    Path: '/',
    RoleName: name,
    RoleId: roleId(name, account),
    Arn: `arn:aws:iam::${account}:role/${name}`,
    CreateDate: CREATE_DATE,
    AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(TRUST_POLICY)),
    MaxSessionDuration: LONGEST_SESSION_SECONDS,
  }
}

/** IAM's form, the same for the same role each time. */
function roleId(name: string, account: string): string {
  return `AROA${hash('sha256', `${account}/${name}`, 'hex').slice(0, 17).toUpperCase()}`
}

function allowed(action: string, resource: string): object {
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: 'allowed',
    MatchedStatements: [],
    MissingContextValues: [],
  }
}
