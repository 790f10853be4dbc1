import type { Service } from '../operation.ts'
import type { LogsContext } from './context.ts'
import { describeLogGroups } from './describe-log-groups.ts'
import { describeLogStreams } from './describe-log-streams.ts'
import { filterLogEvents } from './filter-log-events.ts'
import { getLogEvents } from './get-log-events.ts'
import { startLiveTail } from './start-live-tail.ts'
import { StreamTimes } from './stream-times.ts'

/** CloudWatch Logs, as far as clients of training jobs use it (client-flows 1, 3, 6). */
export function logsService(context: LogsContext): Service {
  return {
    name: 'logs',
    protocol: 'json',
    targetPrefix: 'Logs_20140328',
    jsonVersion: '1.1',
    errorMember: 'message',
    validationCode: 'InvalidParameterException',
    operations: {
      DescribeLogGroups: describeLogGroups(context),
      DescribeLogStreams: describeLogStreams(context, new StreamTimes(context.logsFolder)),
      FilterLogEvents: filterLogEvents(context),
      GetLogEvents: getLogEvents(context),
      StartLiveTail: startLiveTail,
    },
  }
}
