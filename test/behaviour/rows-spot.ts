import { INSUFFICIENT, MODEL, plays, PREPARING, SPOT, STARTING, TRAINING, type Row } from './row.ts'
import { advance, inTurn, interrupt, nothing } from './world.ts'

const INTERRUPTED = 'Training job interrupted. Waiting for spot capacity.'
const MAX_WAIT = 'Training job wait time exceeded MaxWaitTimeInSeconds provided'

/** Behaviour 1.4.8. */
export const SPOT_ROWS: readonly Row[] = [
  {
    of: '1.4.8 no interruption',
    request: { ...SPOT, ...plays('run 1h') },
    acts: [
      [
        advance('2h'),
        {
          status: 'Completed',
          history: `
            0       1 Starting    ${PREPARING}
            1       3 Downloading Downloading input data
            3    3603 Training    ${TRAINING}
            3603 3604 Uploading   Uploading generated training model
            3604 3604 Completed   Training job completed`,
          modified: 3604,
          started: 1,
          ended: 3604,
          trained: 3603,
          billed: 3603,
          more: MODEL,
        },
      ],
    ],
  },
  {
    of: '1.4.8 interrupted once',
    request: { ...SPOT, ...plays('run 1h; checkpoint every 10m', 'capacity@interrupted for 10m') },
    acts: [
      [
        inTurn(advance('1503s'), interrupt),
        {
          status: 'InProgress',
          history: `
            0       1 Starting    ${PREPARING}
            1       3 Downloading Downloading input data
            3    1503 Training    ${TRAINING}
            1503    - Interrupted ${INTERRUPTED}`,
          modified: 1503,
          started: 1,
          trained: 1502,
        },
      ],
      [
        advance('10m'),
        {
          status: 'InProgress',
          history: `
            0       1 Starting    ${PREPARING}
            1       3 Downloading Downloading input data
            3    1503 Training    ${TRAINING}
            1503 2103 Interrupted ${INTERRUPTED}
            2103    - Starting    ${STARTING}`,
          modified: 2103,
          started: 1,
          trained: 2102,
        },
      ],
      [
        advance('1h'),
        {
          status: 'Completed',
          history: `
            0       1 Starting    ${PREPARING}
            1       3 Downloading Downloading input data
            3    1503 Training    ${TRAINING}
            1503 2103 Interrupted ${INTERRUPTED}
            2103 2104 Starting    ${STARTING}
            2104 2106 Downloading Downloading input data
            2106 4506 Training    ${TRAINING}
            4506 4507 Uploading   Uploading generated training model
            4507 4507 Completed   Training job completed`,
          modified: 4507,
          started: 1,
          ended: 4507,
          trained: 4506,
          // Without the 601 s between the attempts.
          billed: 3905,
          more: MODEL,
        },
      ],
    ],
  },
  {
    of: '1.4.8 interrupted twice, MaxWaitTimeInSeconds exceeded',
    request: {
      ...plays('launch 40m; run 100m'),
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: 10_800, MaxWaitTimeInSeconds: 14_400 },
    },
    acts: [
      [
        inTurn(advance('3602s'), interrupt, advance('3602s'), interrupt),
        {
          status: 'InProgress',
          history: `
            0    2400 Starting    ${PREPARING}
            2400 2402 Downloading Downloading input data
            2402 3602 Training    ${TRAINING}
            3602 3602 Interrupted ${INTERRUPTED}
            3602 6002 Starting    ${STARTING}
            6002 6004 Downloading Downloading input data
            6004 7204 Training    ${TRAINING}
            7204 7204 Interrupted ${INTERRUPTED}
            7204    - Starting    ${STARTING}`,
          modified: 7204,
          started: 2400,
          trained: 4804,
        },
      ],
      [
        advance('5h'),
        {
          status: 'Stopped',
          history: `
            0      2400 Starting            ${PREPARING}
            2400   2402 Downloading         Downloading input data
            2402   3602 Training            ${TRAINING}
            3602   3602 Interrupted         ${INTERRUPTED}
            3602   6002 Starting            ${STARTING}
            6002   6004 Downloading         Downloading input data
            6004   7204 Training            ${TRAINING}
            7204   7204 Interrupted         ${INTERRUPTED}
            7204   9604 Starting            ${STARTING}
            9604   9606 Downloading         Downloading input data
            9606  14400 Training            ${TRAINING}
            14400 14400 Stopping            Stopping the training job
            14400 14401 Uploading           Uploading generated training model
            14401 14401 MaxWaitTimeExceeded ${MAX_WAIT}`,
          modified: 14_401,
          started: 2400,
          ended: 14_401,
          trained: 12_001,
          billed: 7201,
          more: MODEL,
        },
      ],
    ],
  },
  {
    of: '1.4.8 never launched',
    request: { ...SPOT, ...plays('run 1h', 'capacity@start for good') },
    acts: [
      [nothing, { status: 'InProgress', history: `0 - Starting ${INSUFFICIENT}`, modified: 0 }],
      [
        advance('5h'),
        {
          status: 'Stopped',
          history: `
            0     14400 Starting            ${INSUFFICIENT}
            14400 14400 Stopping            Stopping the training job
            14400 14400 MaxWaitTimeExceeded ${MAX_WAIT}`,
          modified: 14_400,
          ended: 14_400,
        },
      ],
    ],
  },
]
