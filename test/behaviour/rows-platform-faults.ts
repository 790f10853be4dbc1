import { failed } from './failed.ts'
import { because, INTERNAL, plays, PREPARING, TRAINING, type Row } from './row.ts'

/** Behaviour 1.4.5: what is nobody's fault but the platform's. */
export const PLATFORM_FAULT_ROWS: readonly Row[] = [
  failed(
    {
      of: '1.4.5 platform fault',
      variant: 'Starting: two instances are replaced first',
      request: plays('fail launch platform'),
      said: [
        PREPARING,
        'Launched instance was unhealthy, replacing it!',
        PREPARING,
        'Launched instance was unhealthy, replacing it!',
        PREPARING,
        'Training job failed',
      ],
    },
    {
      history: `
        0 3 Starting ${PREPARING}
        3 3 Failed   Training job failed`,
      modified: 3,
      ended: 3,
      ...because(INTERNAL),
    },
  ),
  failed(
    { of: '1.4.5 platform fault', variant: 'Downloading', request: plays('fail download platform') },
    {
      history: `
        0 1 Starting    ${PREPARING}
        1 3 Downloading Downloading input data
        3 3 Failed      Training job failed`,
      modified: 3,
      started: 1,
      ended: 3,
      trained: 2,
      billed: 2,
      ...because(INTERNAL),
    },
  ),
  failed(
    { of: '1.4.5 platform fault', variant: 'Training', request: plays('lost at 1m') },
    {
      history: `
        0   1 Starting    ${PREPARING}
        1   3 Downloading Downloading input data
        3  63 Training    ${TRAINING}
        63 63 Failed      Training job failed`,
      modified: 63,
      started: 1,
      ended: 63,
      trained: 62,
      billed: 62,
      ...because(INTERNAL),
    },
  ),
  failed(
    { of: '1.4.5 platform fault', variant: 'Uploading', request: plays('fail upload platform') },
    {
      history: `
        0 1 Starting    ${PREPARING}
        1 3 Downloading Downloading input data
        3 8 Training    ${TRAINING}
        8 9 Uploading   Uploading generated training model
        9 9 Failed      Training job failed`,
      modified: 9,
      started: 1,
      ended: 9,
      trained: 8,
      billed: 8,
      ...because(INTERNAL),
    },
  ),
]
