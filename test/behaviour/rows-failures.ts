import { ACCELERATED, because, MODEL, plays, PREPARING, STARTING, TRAINING, type Row } from './row.ts'
import { failed } from './failed.ts'
import { advance, COMMON } from './world.ts'

const NO_CAPACITY =
  'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.'
const NO_ROLE =
  'TrainingHostAgent Initialization failed:InvalidInputException: SageMaker is unable to perform: sts:AssumeRole on the role. ' +
  "Check if you have a trust relationship for 'sagemaker.amazonaws.com' to assume the role."
const NO_IMAGE =
  'ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect.'
const INPUT = {
  InputDataConfig: [
    {
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
    },
  ],
} as const satisfies Row['request']

/** Behaviour 1.4.5: what is the job's own fault, or the fleet's. */
export const FAILURE_ROWS: readonly Row[] = [
  failed(
    {
      of: '1.4.5 no capacity (on-demand), after the service gave up',
      variant: 'Starting',
      request: plays('run 1m', 'capacity@start never'),
    },
    {
      history: `
        0 0 Starting ${STARTING}
        0 0 Failed   Training job failed`,
      modified: 0,
      ended: 0,
      ...because(NO_CAPACITY),
    },
  ),
  failed(
    {
      of: '1.4.5 no capacity (on-demand), after the service gave up',
      variant: 'Pending',
      request: { ...ACCELERATED, ...plays('run 1m', 'capacity@start for 1m; capacity@start never') },
    },
    {
      history: `
        0   0 Starting ${STARTING}
        0  60 Pending  Training job waiting for capacity
        60 60 Failed   Training job failed`,
      modified: 60,
      ended: 60,
      ...because(NO_CAPACITY),
    },
  ),
  failed(
    {
      of: '1.4.5 role cannot be assumed on the host',
      variant: 'played',
      request: plays(`launch 10s; fail launch client "The role cannot be assumed"`),
    },
    {
      history: `
        0  10 Starting ${PREPARING}
        10 10 Failed   Training job failed`,
      modified: 10,
      ended: 10,
      ...because('ClientError: The role cannot be assumed'),
    },
  ),
  failed(
    { of: '1.4.5 role cannot be assumed on the host', variant: 'rehearsed', request: plays('launch 10s', 'fail-role') },
    {
      history: `
        0 0 Starting ${PREPARING}
        0 0 Failed   Training job failed`,
      modified: 0,
      ended: 0,
      ...because(`ClientError: ${NO_ROLE}`),
    },
  ),
  failed(
    {
      of: '1.4.5 input download',
      variant: 'played',
      request: plays(
        'download 20s; fail download client "Unable to download object s3://behaviour/in/data.csv (AccessDenied: Access Denied)"',
      ),
    },
    {
      history: `
        0   1 Starting    ${PREPARING}
        1  21 Downloading Downloading input data
        21 21 Failed      Training job failed`,
      modified: 21,
      started: 1,
      ended: 21,
      trained: 20,
      billed: 20,
      ...because(
        'ClientError: Data download failed:Unable to download object s3://behaviour/in/data.csv (AccessDenied: Access Denied)',
      ),
    },
  ),
  failed(
    {
      of: '1.4.5 input download',
      variant: 'rehearsed',
      request: { ...INPUT, ...plays('run 1m', 'fail-store client') },
    },
    {
      history: `
        0 1 Starting    ${PREPARING}
        1 1 Downloading Downloading input data
        1 1 Failed      Training job failed`,
      modified: 1,
      started: 1,
      ended: 1,
      trained: 1,
      billed: 1,
      ...because(
        'ClientError: Data download failed:Unable to read the data (SlowDown: Please reduce your request rate.)',
      ),
    },
  ),
  failed(
    { of: '1.4.5 image pull', variant: 'played', request: plays('download 20s; pull 40s; fail pull client') },
    {
      history: `
        0   1 Starting    ${PREPARING}
        1  61 Downloading Downloading the training image
        61 61 Failed      Training job failed`,
      modified: 61,
      started: 1,
      ended: 61,
      trained: 60,
      billed: 60,
      ...because(NO_IMAGE),
    },
  ),
  failed(
    { of: '1.4.5 image pull', variant: 'rehearsed', request: plays('download 20s', 'fail-image') },
    {
      history: `
        0   1 Starting    ${PREPARING}
        1  21 Downloading Downloading the training image
        21 21 Failed      Training job failed`,
      modified: 21,
      started: 1,
      ended: 21,
      trained: 20,
      billed: 20,
      ...because(NO_IMAGE),
    },
  ),
  failed(
    {
      of: '1.4.5 container exits non-zero',
      variant: 'with a failure file, and with a model that is uploaded all the same',
      request: plays('exit 3 at 40s; failure "no such column"; collect 5s; model 1KiB'),
    },
    {
      history: `
        0   1 Starting    ${PREPARING}
        1   3 Downloading Downloading input data
        3  43 Training    ${TRAINING}
        43 48 Uploading   Uploading generated training model
        48 48 Failed      Training job failed`,
      modified: 48,
      started: 1,
      ended: 48,
      trained: 47,
      billed: 47,
      more: { ...MODEL, FailureReason: 'AlgorithmError: no such column, exit code: 3' },
    },
  ),
  ...(
    [
      ['exit 1 at 40s', 'AlgorithmError: , exit code: 1'],
      ['signal SIGSEGV at 40s', 'AlgorithmError: , exit code: 139'],
      [
        'out of memory at 40s',
        'ClientError: Please use an instance type with more memory, or reduce the size of job data processed on an instance.',
      ],
    ] as const
  ).map(([script, reason]) =>
    failed(
      { of: '1.4.5 container exits non-zero', variant: script, request: plays(script) },
      {
        history: `
          0   1 Starting    ${PREPARING}
          1   3 Downloading Downloading input data
          3  43 Training    ${TRAINING}
          43 44 Uploading   Uploading generated training model
          44 44 Failed      Training job failed`,
        modified: 44,
        started: 1,
        ended: 44,
        trained: 43,
        billed: 43,
        ...because(reason),
      },
    ),
  ),
  {
    of: '1.4.5 container exits non-zero',
    variant: 'on one host of two: the other is stopped, and takes its whole grace',
    request: {
      ResourceConfig: { ...COMMON.ResourceConfig, InstanceCount: 2 },
      ...plays('run 1h; algo-1: ignore SIGTERM; algo-2: exit 7 at 5s; failure "here"'),
    },
    acts: [
      [
        advance('1h'),
        {
          status: 'Failed',
          history: `
            0     1 Starting    ${PREPARING}
            1     3 Downloading Downloading input data
            3   128 Training    ${TRAINING}
            128 129 Uploading   Uploading generated training model
            129 129 Failed      Training job failed`,
          modified: 129,
          started: 1,
          ended: 129,
          trained: 128,
          billed: 128,
          ...because('AlgorithmError: here, exit code: 7'),
        },
      ],
    ],
  },
  failed(
    {
      of: '1.4.5 upload of artifacts',
      variant: 'played',
      request: plays('fail upload client "Error 7: AccessDenied (403): Access Denied"'),
    },
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
      ...because('ClientError: Artifact upload failed:Error 7: AccessDenied (403): Access Denied'),
    },
  ),
  failed(
    { of: '1.4.5 upload of artifacts', variant: 'rehearsed', request: plays('run 5s', 'fail-store write client') },
    {
      history: `
        0 1 Starting    ${PREPARING}
        1 3 Downloading Downloading input data
        3 8 Training    ${TRAINING}
        8 8 Uploading   Uploading generated training model
        8 8 Failed      Training job failed`,
      modified: 8,
      started: 1,
      ended: 8,
      trained: 7,
      billed: 7,
      ...because(
        'ClientError: Artifact upload failed:Unable to write the artifacts (SlowDown: Please reduce your request rate.)',
      ),
    },
  ),
]
