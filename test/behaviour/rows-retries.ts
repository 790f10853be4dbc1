import { because, INSUFFICIENT, INTERNAL, MODEL, plays, PREPARING, STARTING, TRAINING, type Row } from './row.ts'
import { advance, nothing } from './world.ts'

const UNHEALTHY = 'Launched instance was unhealthy, replacing it!'
const RESTARTING = 'Restarting the training job'

/** Behaviour 1.4.9 and 1.4.10: what is tried again. */
export const RETRY_ROWS: readonly Row[] = [
  {
    of: '1.4.9',
    variant: 'no capacity for two minutes',
    request: plays('launch 5s', 'capacity@start for 2m'),
    acts: [
      [nothing, { status: 'InProgress', history: `0 - Starting ${INSUFFICIENT}`, modified: 0 }],
      [advance('2m'), { status: 'InProgress', history: `0 - Starting ${PREPARING}`, modified: 120 }],
      [
        advance('1m'),
        {
          status: 'Completed',
          history: `
            0   125 Starting    ${PREPARING}
            125 127 Downloading Downloading input data
            127 132 Training    ${TRAINING}
            132 133 Uploading   Uploading generated training model
            133 133 Completed   Training job completed`,
          modified: 133,
          started: 125,
          ended: 133,
          trained: 8,
          billed: 8,
          more: MODEL,
        },
      ],
    ],
  },
  {
    of: '1.4.9',
    variant: 'two instances are unhealthy',
    request: plays('launch 5s', 'unhealthy 2x'),
    acts: [
      [
        advance('1m'),
        {
          status: 'Completed',
          history: `
            0   5 Starting    ${PREPARING}
            5   7 Downloading Downloading input data
            7  12 Training    ${TRAINING}
            12 13 Uploading   Uploading generated training model
            13 13 Completed   Training job completed`,
          modified: 13,
          started: 5,
          ended: 13,
          trained: 8,
          billed: 8,
          more: MODEL,
        },
      ],
    ],
    said: [
      ...[PREPARING, UNHEALTHY, PREPARING, UNHEALTHY, PREPARING],
      ...['Downloading input data', TRAINING, 'Uploading generated training model', 'Training job completed'],
    ],
  },
  {
    of: '1.4.10',
    variant: 'two attempts are lost, the third succeeds',
    request: {
      ...plays('launch 30s; run 20m; attempt 1: lost at 10m; attempt 2: lost at 5m'),
      RetryStrategy: { MaximumRetryAttempts: 2 },
    },
    acts: [
      [
        advance('632s'),
        {
          status: 'InProgress',
          history: `
            0    30 Starting    ${PREPARING}
            30   32 Downloading Downloading input data
            32  632 Training    ${TRAINING}
            632 632 Restarting  ${RESTARTING}
            632   - Starting    ${STARTING}`,
          modified: 632,
          started: 30,
          trained: 602,
        },
      ],
      [
        advance('1h'),
        {
          status: 'Completed',
          history: `
            0      30 Starting    ${PREPARING}
            30     32 Downloading Downloading input data
            32    632 Training    ${TRAINING}
            632   632 Restarting  ${RESTARTING}
            632   662 Starting    ${STARTING}
            662   664 Downloading Downloading input data
            664   964 Training    ${TRAINING}
            964   964 Restarting  ${RESTARTING}
            964   994 Starting    ${STARTING}
            994   996 Downloading Downloading input data
            996  2196 Training    ${TRAINING}
            2196 2197 Uploading   Uploading generated training model
            2197 2197 Completed   Training job completed`,
          modified: 2197,
          started: 30,
          ended: 2197,
          trained: 2167,
          billed: 2107,
          more: MODEL,
        },
      ],
    ],
  },
  {
    of: '1.4.10',
    variant: 'the last attempt is lost too',
    request: { ...plays('lost at 1m'), RetryStrategy: { MaximumRetryAttempts: 1 } },
    acts: [
      [
        advance('1h'),
        {
          status: 'Failed',
          history: `
            0     1 Starting    ${PREPARING}
            1     3 Downloading Downloading input data
            3    63 Training    ${TRAINING}
            63   63 Restarting  ${RESTARTING}
            63   64 Starting    ${STARTING}
            64   66 Downloading Downloading input data
            66  126 Training    ${TRAINING}
            126 126 Failed      Training job failed`,
          modified: 126,
          started: 1,
          ended: 126,
          trained: 125,
          billed: 124,
          ...because(INTERNAL),
        },
      ],
    ],
  },
  {
    of: '1.4.10',
    variant: "the job's own failure is not tried again",
    request: { ...plays('exit 1 at 1m'), RetryStrategy: { MaximumRetryAttempts: 1 } },
    acts: [
      [
        advance('1h'),
        {
          status: 'Failed',
          history: `
            0   1 Starting    ${PREPARING}
            1   3 Downloading Downloading input data
            3  63 Training    ${TRAINING}
            63 64 Uploading   Uploading generated training model
            64 64 Failed      Training job failed`,
          modified: 64,
          started: 1,
          ended: 64,
          trained: 63,
          billed: 63,
          ...because('AlgorithmError: , exit code: 1'),
        },
      ],
    ],
  },
  {
    of: '1.4.10',
    variant: 'MaxRuntimeInSeconds covers all attempts together',
    request: {
      ...plays('launch 30s; run 20m; attempt 1: lost at 10m'),
      RetryStrategy: { MaximumRetryAttempts: 2 },
      StoppingCondition: { MaxRuntimeInSeconds: 900 },
    },
    acts: [
      [
        advance('1h'),
        {
          status: 'Stopped',
          history: `
            0    30 Starting           ${PREPARING}
            30   32 Downloading        Downloading input data
            32  632 Training           ${TRAINING}
            632 632 Restarting         ${RESTARTING}
            632 662 Starting           ${STARTING}
            662 664 Downloading        Downloading input data
            664 960 Training           ${TRAINING}
            960 960 Stopping           Stopping the training job
            960 961 Uploading          Uploading generated training model
            961 961 MaxRuntimeExceeded Training job runtime exceeded MaxRuntimeInSeconds provided`,
          modified: 961,
          started: 30,
          ended: 961,
          trained: 931,
          billed: 901,
          more: MODEL,
        },
      ],
    ],
  },
]
