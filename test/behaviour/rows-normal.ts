import { ACCELERATED, DEFAULT_END, MODEL, plays, PREPARING, STARTING, TRAINING, type Row } from './row.ts'
import { advance, COMMON, nothing } from './world.ts'

const CHANNEL = {
  ChannelName: 'train',
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://behaviour/in/' } },
} as const
const DESCRIBED_CHANNEL = {
  ChannelName: 'train',
  CompressionType: 'None',
  RecordWrapperType: 'None',
  DataSource: {
    S3DataSource: {
      S3DataType: 'S3Prefix',
      S3Uri: 's3://behaviour/in/',
      S3DataDistributionType: 'FullyReplicated',
    },
  },
}
const METRICS = { MetricDefinitions: [{ Name: 'loss', Regex: 'loss=([0-9.]+)' }] }
const FAST_FILE = { ...COMMON.AlgorithmSpecification, TrainingInputMode: 'FastFile' } as const

/** Behaviour 1.4.2 to 1.4.4: jobs that go well. */
export const NORMAL_ROWS: readonly Row[] = [
  {
    of: '1.4.2',
    variant: 'with the times of the example, look by look',
    request: plays('launch 161s; download 30s; pull 46s; run 362s; collect 3s; model 1KiB'),
    acts: [
      [nothing, { status: 'InProgress', history: `0 - Starting ${PREPARING}`, modified: 0 }],
      [
        advance('161s'),
        {
          status: 'InProgress',
          history: `
              0 161 Starting    ${PREPARING}
            161 -   Downloading Downloading input data`,
          modified: 161,
          started: 161,
          trained: 1,
        },
      ],
      [
        advance('30s'),
        {
          status: 'InProgress',
          history: `
              0 161 Starting    ${PREPARING}
            161 -   Downloading Downloading the training image`,
          modified: 191,
          started: 161,
          trained: 30,
        },
      ],
      [
        advance('46s'),
        {
          status: 'InProgress',
          history: `
              0 161 Starting    ${PREPARING}
            161 237 Downloading Downloading the training image
            237 -   Training    ${TRAINING}`,
          modified: 237,
          started: 161,
          trained: 76,
        },
      ],
      [
        advance('362s'),
        {
          status: 'InProgress',
          history: `
              0 161 Starting    ${PREPARING}
            161 237 Downloading Downloading the training image
            237 599 Training    ${TRAINING}
            599 -   Uploading   Uploading generated training model`,
          modified: 599,
          started: 161,
          trained: 438,
        },
      ],
      [
        advance('3s'),
        {
          status: 'Completed',
          history: `
              0 161 Starting    ${PREPARING}
            161 237 Downloading Downloading the training image
            237 599 Training    ${TRAINING}
            599 602 Uploading   Uploading generated training model
            602 602 Completed   Training job completed`,
          modified: 602,
          started: 161,
          ended: 602,
          trained: 441,
          billed: 441,
          more: MODEL,
        },
      ],
    ],
    said: [
      PREPARING,
      'Downloading input data',
      'Downloading the training image',
      TRAINING,
      'Uploading generated training model',
      'Training job completed',
    ],
  },
  {
    of: '1.4.2',
    variant: 'a channel and a metric are described with their defaults, and time is floored at both ends',
    request: {
      ...plays('launch 700ms; download 200ms; run 3029s; log every 20m "loss={loss}"; metric loss = 0.5, 0.25'),
      AlgorithmSpecification: { ...COMMON.AlgorithmSpecification, ...METRICS },
      InputDataConfig: [CHANNEL],
    },
    acts: [
      [
        advance('1h'),
        {
          status: 'Completed',
          history: `
            0      0.7    Starting    ${PREPARING}
            0.7    0.9    Downloading Downloading input data
            0.9    3029.9 Training    ${TRAINING}
            3029.9 3030.9 Uploading   Uploading generated training model
            3030.9 3030.9 Completed   Training job completed`,
          modified: 3030.9,
          started: 0.7,
          ended: 3030.9,
          // From 12:00:00.950 to 12:50:31.150: 3030.2 s.
          trained: 3031,
          billed: 3031,
          more: {
            ...MODEL,
            AlgorithmSpecification: {
              ...COMMON.AlgorithmSpecification,
              ...METRICS,
              EnableSageMakerMetricsTimeSeries: true,
            },
            InputDataConfig: [DESCRIBED_CHANNEL],
            FinalMetricDataList: [{ MetricName: 'loss', Value: 0.25, Timestamp: new Date('2026-01-01T12:40:01Z') }],
          },
        },
      ],
    ],
  },
  {
    of: '1.4.3',
    variant: 'no node is free at first',
    request: { ...ACCELERATED, ...plays('launch 10s; download 5s; run 1m; collect 2s', 'capacity@start for 2m') },
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
        advance('2m'),
        {
          status: 'InProgress',
          history: `
            0 0 Starting ${STARTING}
            0 - Pending  ${PREPARING}`,
          modified: 120,
        },
      ],
      [
        advance('77s'),
        {
          status: 'Completed',
          history: `
              0   0 Starting    ${STARTING}
              0 130 Pending     ${PREPARING}
            130 135 Downloading Downloading input data
            135 195 Training    ${TRAINING}
            195 197 Uploading   Uploading generated training model
            197 197 Completed   Training job completed`,
          modified: 197,
          started: 130,
          ended: 197,
          trained: 67,
          billed: 67,
          more: MODEL,
        },
      ],
    ],
  },
  { of: '1.4.3', variant: 'a node is free at once', request: ACCELERATED, acts: [[advance('1m'), DEFAULT_END]] },
  {
    of: '1.4.4',
    request: { AlgorithmSpecification: FAST_FILE },
    acts: [
      [
        advance('1m'),
        {
          ...DEFAULT_END,
          more: { ...MODEL, AlgorithmSpecification: { ...FAST_FILE, EnableSageMakerMetricsTimeSeries: false } },
        },
      ],
    ],
  },
]
