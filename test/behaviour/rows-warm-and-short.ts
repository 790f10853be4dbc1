import { DEFAULT_END, MODEL, plays, PREPARING, TRAINING, type Row, type Shown } from './row.ts'
import { advance, COMMON, nothing } from './world.ts'

const KEPT = { ...COMMON.ResourceConfig, KeepAlivePeriodInSeconds: 600 }

/** A job that was launched at once, because its instances were there, and is over. */
function warm(message: string, WarmPoolStatus: object): Shown {
  return {
    status: 'Completed',
    history: `
      0 0 Starting    ${PREPARING}
      0 2 Downloading Downloading input data
      2 7 Training    ${TRAINING}
      7 8 Uploading   Uploading generated training model
      8 8 Completed   ${message}`,
    modified: 8,
    started: 0,
    ended: 8,
    trained: 8,
    billed: 8,
    more: { ...MODEL, WarmPoolStatus },
  }
}

/** Behaviour 1.4.11 and 1.4.12. */
export const WARM_AND_SHORT_ROWS: readonly Row[] = [
  {
    of: '1.4.11',
    request: { ResourceConfig: KEPT },
    after: {
      request: { ResourceConfig: KEPT },
      since: '30s',
      shown: {
        ...DEFAULT_END,
        history: DEFAULT_END.history.replace('Training job completed', 'Resource reused by training job: the-job'),
        modified: 39,
        more: {
          ModelArtifacts: { S3ModelArtifacts: 's3://behaviour/out/an-earlier-job/output/model.tar.gz' },
          WarmPoolStatus: { Status: 'Reused', ReusedByJob: 'the-job', ResourceRetainedBillableTimeInSeconds: 30 },
        },
      },
    },
    acts: [
      [
        nothing,
        {
          status: 'InProgress',
          history: `
            0 0 Starting    ${PREPARING}
            0 - Downloading Downloading input data`,
          modified: 0,
          started: 0,
          trained: 1,
          more: { WarmPoolStatus: { Status: 'InUse' } },
        },
      ],
      [advance('8s'), warm('Resource retained for reuse', { Status: 'Available' })],
      [
        advance('10m'),
        {
          ...warm('Resource released due to keep alive period expiry', {
            Status: 'Terminated',
            ResourceRetainedBillableTimeInSeconds: 600,
          }),
          modified: 608,
        },
      ],
    ],
  },
  {
    of: '1.4.12',
    variant: 'all of it at one moment, and a second is trained and billed all the same',
    request: plays('launch 0s; download 0s; run 0s; collect 0s'),
    acts: [
      [
        nothing,
        {
          status: 'Completed',
          history: `
            0 0 Starting    ${PREPARING}
            0 0 Downloading Downloading input data
            0 0 Training    ${TRAINING}
            0 0 Uploading   Uploading generated training model
            0 0 Completed   Training job completed`,
          modified: 0,
          started: 0,
          ended: 0,
          trained: 1,
          billed: 1,
          more: MODEL,
        },
      ],
    ],
  },
  { of: '1.4.12', variant: 'all of it between two looks', acts: [[advance('30s'), DEFAULT_END]] },
]
