import {
  ACCELERATED,
  because,
  INSUFFICIENT,
  MODEL,
  plays,
  PREPARING,
  SPOT,
  STARTING,
  TRAINING,
  type Row,
} from './row.ts'
import { advance, EARLIER, inTurn, nothing, type World } from './world.ts'

/** What one job and no more finds room in. */
const ONE_NODE = 'fleet: { cpus: 2 }\n'
const ONE_ACCELERATED_NODE = 'fleet: { gpus: 8 }\n'

/** Nine seconds of another job, which has the place first. */
function taken(request: NonNullable<Row['request']>) {
  return (world: World) => world.create(EARLIER, request)
}

/** Behaviour 1.4.3, 1.4.5, 1.4.8 and 1.4.9 where it is other jobs that have the place, or take it. */
export const FLEET_ROWS: readonly Row[] = [
  {
    of: '1.4.3',
    variant: 'another job has the only node',
    configuration: ONE_ACCELERATED_NODE,
    before: taken(ACCELERATED),
    request: ACCELERATED,
    acts: [
      [
        nothing,
        {
          status: 'InProgress',
          history: `
            0 0 Starting ${STARTING}
            0 - Pending  Training job waiting for capacity`,
          modified: 0,
        },
      ],
      [
        advance('9s'),
        {
          status: 'InProgress',
          history: `
            0 0 Starting ${STARTING}
            0 - Pending  ${PREPARING}`,
          modified: 9,
        },
      ],
      [
        advance('1m'),
        {
          status: 'Completed',
          history: `
            0   0 Starting    ${STARTING}
            0  10 Pending     ${PREPARING}
            10 12 Downloading Downloading input data
            12 17 Training    ${TRAINING}
            17 18 Uploading   Uploading generated training model
            18 18 Completed   Training job completed`,
          modified: 18,
          started: 10,
          ended: 18,
          trained: 8,
          billed: 8,
          more: MODEL,
        },
      ],
    ],
  },
  {
    of: '1.4.5 no capacity (on-demand), after the service gave up',
    variant: 'the fleet never has so much',
    configuration: 'fleet: { policy: fit, gpus: 4 }\n',
    request: ACCELERATED,
    acts: [
      [
        nothing,
        {
          status: 'Failed',
          history: `
            0 0 Starting ${STARTING}
            0 0 Failed   Training job failed`,
          modified: 0,
          ended: 0,
          ...because(
            'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.',
          ),
        },
      ],
    ],
  },
  {
    of: '1.4.8 interrupted once',
    variant: 'by a job that is not on spare capacity',
    configuration: ONE_NODE,
    request: { ...SPOT, ...plays('run 1h; checkpoint every 10m') },
    acts: [
      [
        inTurn(advance('1503s'), (world) => world.create('on-demand', plays('run 596s'))),
        {
          status: 'InProgress',
          history: `
            0       1 Starting    ${PREPARING}
            1       3 Downloading Downloading input data
            3    1503 Training    ${TRAINING}
            1503    - Interrupted Training job interrupted. Waiting for spot capacity.`,
          modified: 1503,
          started: 1,
          trained: 1502,
        },
      ],
      [
        advance('2h'),
        {
          status: 'Completed',
          history: `
            0       1 Starting    ${PREPARING}
            1       3 Downloading Downloading input data
            3    1503 Training    ${TRAINING}
            1503 2103 Interrupted Training job interrupted. Waiting for spot capacity.
            2103 2104 Starting    ${STARTING}
            2104 2106 Downloading Downloading input data
            2106 4506 Training    ${TRAINING}
            4506 4507 Uploading   Uploading generated training model
            4507 4507 Completed   Training job completed`,
          modified: 4507,
          started: 1,
          ended: 4507,
          trained: 4506,
          billed: 3905,
          more: MODEL,
        },
      ],
    ],
  },
  {
    of: '1.4.9',
    variant: 'another job has the only node',
    configuration: ONE_NODE,
    before: taken({}),
    acts: [
      [nothing, { status: 'InProgress', history: `0 - Starting ${INSUFFICIENT}`, modified: 0 }],
      [advance('9s'), { status: 'InProgress', history: `0 - Starting ${PREPARING}`, modified: 9 }],
      [
        advance('1m'),
        {
          status: 'Completed',
          history: `
            0  10 Starting    ${PREPARING}
            10 12 Downloading Downloading input data
            12 17 Training    ${TRAINING}
            17 18 Uploading   Uploading generated training model
            18 18 Completed   Training job completed`,
          modified: 18,
          started: 10,
          ended: 18,
          trained: 8,
          billed: 8,
          more: MODEL,
        },
      ],
    ],
    said: [
      ...[INSUFFICIENT, PREPARING, 'Downloading input data', TRAINING],
      ...['Uploading generated training model', 'Training job completed'],
    ],
  },
]
