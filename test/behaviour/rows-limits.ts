import { MODEL, plays, PREPARING, TRAINING, type Row } from './row.ts'
import { advance } from './world.ts'

/** Behaviour 1.4.7. */
export const LIMIT_ROWS: readonly Row[] = [
  {
    of: '1.4.7',
    variant: 'in Training, with the whole grace',
    request: { ...plays('run 2h; ignore SIGTERM; collect 5s'), StoppingCondition: { MaxRuntimeInSeconds: 3600 } },
    acts: [
      [
        advance('3601s'),
        {
          status: 'Stopping',
          history: `
            0       1 Starting    ${PREPARING}
            1       3 Downloading Downloading input data
            3    3601 Training    ${TRAINING}
            3601    - Stopping    Stopping the training job`,
          modified: 3601,
          started: 1,
          trained: 3600,
        },
      ],
      [
        advance('125s'),
        {
          status: 'Stopped',
          history: `
            0       1 Starting           ${PREPARING}
            1       3 Downloading        Downloading input data
            3    3601 Training           ${TRAINING}
            3601 3721 Stopping           Stopping the training job
            3721 3726 Uploading          Uploading generated training model
            3726 3726 MaxRuntimeExceeded Training job runtime exceeded MaxRuntimeInSeconds provided`,
          modified: 3726,
          started: 1,
          ended: 3726,
          trained: 3725,
          billed: 3725,
          more: MODEL,
        },
      ],
    ],
  },
  {
    of: '1.4.7',
    variant: 'in Downloading, where there is nothing to upload',
    request: { ...plays('download 2h'), StoppingCondition: { MaxRuntimeInSeconds: 3600 } },
    acts: [
      [
        advance('2h'),
        {
          status: 'Stopped',
          history: `
            0       1 Starting           ${PREPARING}
            1    3601 Downloading        Downloading input data
            3601 3601 Stopping           Stopping the training job
            3601 3601 MaxRuntimeExceeded Training job runtime exceeded MaxRuntimeInSeconds provided`,
          modified: 3601,
          started: 1,
          ended: 3601,
          trained: 3600,
          billed: 3600,
        },
      ],
    ],
  },
  {
    of: '1.4.7',
    variant: 'not where the command ends before it, whatever its upload takes',
    request: { ...plays('run 3597s; collect 1h'), StoppingCondition: { MaxRuntimeInSeconds: 3600 } },
    acts: [
      [
        advance('3h'),
        {
          status: 'Completed',
          history: `
            0       1 Starting    ${PREPARING}
            1       3 Downloading Downloading input data
            3    3600 Training    ${TRAINING}
            3600 7200 Uploading   Uploading generated training model
            7200 7200 Completed   Training job completed`,
          modified: 7200,
          started: 1,
          ended: 7200,
          trained: 7199,
          billed: 7199,
          more: MODEL,
        },
      ],
    ],
  },
]
