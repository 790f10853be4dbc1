import { AwsError } from '../../protocol/errors.ts'
import { operation } from '../operation.ts'
import { StartLiveTailRequest } from './inputs.ts'

/** Not built: every training client polls (client-flows 6), and this call goes to a host of its own, `stream-` before the endpoint's. */
export const startLiveTail = operation({
  access: 'read',
  input: StartLiveTailRequest,
  async handle() {
    throw new AwsError(
      'InvalidOperationException',
      'This server does not have StartLiveTail. Poll with FilterLogEvents (aws logs tail --follow) or GetLogEvents.',
    )
  },
})
