import type { Call } from '../../src/operations/operation.ts'

/** A call by the owner of account 111122223333 from us-east-1. */
export function testCall(): Call {
  return {
    principal: { account: '111122223333', accessKeyId: 'AKIAOWNER', kind: 'owner', scope: { kind: 'everything' } },
    region: 'us-east-1',
    requestId: '00000000-0000-4000-8000-000000000000',
    bodyHash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    signal: new AbortController().signal,
  }
}
