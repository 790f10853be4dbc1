import { ACCELERATED, DEFAULT_END, MODEL, plays, PREPARING, STARTING, TRAINING, type Row, type Shown } from './row.ts'
import { advance, inTurn, refusedStop, stop } from './world.ts'

const STUBBORN = 'run 1h; ignore SIGTERM; collect 5s; model 1KiB'
/** The whole way of a job that trained for a minute when it was stopped, and took its whole grace. */
const STUBBORN_STOPS: readonly Row['acts'][number][] = [
  [
    inTurn(advance('63s'), stop),
    {
      status: 'Stopping',
      history: `
        0   1 Starting    ${PREPARING}
        1   3 Downloading Downloading input data
        3  63 Training    ${TRAINING}
        63  - Stopping    Stopping the training job`,
      modified: 63,
      started: 1,
      trained: 62,
    },
  ],
  [
    advance('2m'),
    {
      status: 'Stopping',
      history: `
        0     1 Starting    ${PREPARING}
        1     3 Downloading Downloading input data
        3    63 Training    ${TRAINING}
        63  183 Stopping    Stopping the training job
        183   - Uploading   Uploading generated training model`,
      modified: 183,
      started: 1,
      trained: 182,
    },
  ],
  [
    advance('5s'),
    {
      status: 'Stopped',
      history: `
        0     1 Starting    ${PREPARING}
        1     3 Downloading Downloading input data
        3    63 Training    ${TRAINING}
        63  183 Stopping    Stopping the training job
        183 188 Uploading   Uploading generated training model
        188 188 Stopped     Training job stopped`,
      modified: 188,
      started: 1,
      ended: 188,
      trained: 187,
      billed: 187,
      more: MODEL,
    },
  ],
]

/** A job that is stopped a minute after its command began, whose command then ends by itself a minute later. */
const ENDED_MEANWHILE: Shown = {
  status: 'Stopped',
  history: `
    0     1 Starting    ${PREPARING}
    1     3 Downloading Downloading input data
    3    63 Training    ${TRAINING}
    63  123 Stopping    Stopping the training job
    123 124 Uploading   Uploading generated training model
    124 124 Stopped     Training job stopped`,
  modified: 124,
  started: 1,
  ended: 124,
  trained: 123,
  billed: 123,
  more: MODEL,
}

/** Behaviour 1.4.6. */
export const STOP_ROWS: readonly Row[] = [
  {
    of: '1.4.6 Starting / Pending',
    variant: 'Starting',
    request: plays('launch 1m'),
    acts: [
      [
        inTurn(advance('10s'), stop),
        {
          status: 'Stopped',
          history: `
            0  10 Starting ${PREPARING}
            10 10 Stopping Stopping the training job
            10 10 Stopped  Training job stopped`,
          modified: 10,
          ended: 10,
        },
      ],
    ],
  },
  {
    of: '1.4.6 Starting / Pending',
    variant: 'Pending',
    request: { ...ACCELERATED, ...plays('run 1m', 'capacity@start for good') },
    acts: [
      [
        inTurn(advance('10s'), stop),
        {
          status: 'Stopped',
          history: `
            0   0 Starting ${STARTING}
            0  10 Pending  Training job waiting for capacity
            10 10 Stopping Stopping the training job
            10 10 Stopped  Training job stopped`,
          modified: 10,
          ended: 10,
        },
      ],
    ],
  },
  {
    of: '1.4.6 Downloading',
    request: plays('download 1m'),
    acts: [
      [
        inTurn(advance('2s'), stop),
        {
          status: 'Stopped',
          history: `
            0 1 Starting    ${PREPARING}
            1 2 Downloading Downloading input data
            2 2 Stopping    Stopping the training job
            2 2 Stopped     Training job stopped`,
          modified: 2,
          started: 1,
          ended: 2,
          trained: 1,
          billed: 1,
        },
      ],
    ],
  },
  { of: '1.4.6 Training', variant: 'SIGTERM is ignored', request: plays(STUBBORN), acts: STUBBORN_STOPS },
  {
    of: '1.4.6 Training',
    variant: 'SIGTERM is answered at once',
    request: plays('run 1h'),
    acts: [
      [
        inTurn(advance('63s'), stop),
        {
          status: 'Stopping',
          history: `
            0   1 Starting    ${PREPARING}
            1   3 Downloading Downloading input data
            3  63 Training    ${TRAINING}
            63 63 Stopping    Stopping the training job
            63  - Uploading   Uploading generated training model`,
          modified: 63,
          started: 1,
          trained: 62,
        },
      ],
    ],
  },
  {
    of: '1.4.6 Training',
    variant: 'the command exits with 0 within its grace',
    request: plays('run 2m; ignore SIGTERM'),
    acts: [[inTurn(advance('63s'), stop, advance('5m')), ENDED_MEANWHILE]],
  },
  {
    of: '1.4.6 Training',
    variant: 'the command exits with 1 within its grace',
    request: plays('exit 1 at 2m; ignore SIGTERM'),
    acts: [[inTurn(advance('63s'), stop, advance('5m')), ENDED_MEANWHILE]],
  },
  {
    of: '1.4.6 Uploading',
    request: plays('collect 1m'),
    acts: [
      [
        inTurn(advance('18s'), stop),
        {
          status: 'Stopping',
          history: `
            0 1 Starting    ${PREPARING}
            1 3 Downloading Downloading input data
            3 8 Training    ${TRAINING}
            8 - Uploading   Uploading generated training model`,
          modified: 18,
          started: 1,
          trained: 17,
        },
      ],
      [
        advance('1m'),
        {
          status: 'Stopped',
          history: `
            0   1 Starting    ${PREPARING}
            1   3 Downloading Downloading input data
            3   8 Training    ${TRAINING}
            8  68 Uploading   Uploading generated training model
            68 68 Stopped     Training job stopped`,
          modified: 68,
          started: 1,
          ended: 68,
          trained: 67,
          billed: 67,
          more: MODEL,
        },
      ],
    ],
  },
  {
    of: '1.4.6 Stopping',
    request: plays(STUBBORN),
    acts: STUBBORN_STOPS.map(([deed, shown]) =>
      shown.status === 'Stopping' ? [inTurn(deed, stop, stop), shown] : [deed, shown],
    ),
  },
  {
    of: '1.4.6 terminal',
    variant: 'Completed',
    acts: [
      [
        inTurn(
          advance('1m'),
          refusedStop('ValidationException: The request was rejected because the training job is in status Completed.'),
        ),
        DEFAULT_END,
      ],
    ],
  },
  {
    of: '1.4.6 terminal',
    variant: 'Stopped',
    request: plays('run 2m; ignore SIGTERM'),
    acts: [
      [
        inTurn(
          ...[advance('63s'), stop, advance('5m')],
          refusedStop('ValidationException: The request was rejected because the training job is in status Stopped.'),
        ),
        ENDED_MEANWHILE,
      ],
    ],
  },
]
