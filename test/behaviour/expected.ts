import type { Row, Shown } from './row.ts'
import { COMMON } from './world.ts'

/** The members of every Describe of the table that are not echoed as they were sent (behaviour 2.1, 2.3). */
const COMMON_DESCRIBED = {
  ...COMMON,
  AlgorithmSpecification: { ...COMMON.AlgorithmSpecification, EnableSageMakerMetricsTimeSeries: false },
  OutputDataConfig: { KmsKeyId: '', S3OutputPath: 's3://behaviour/out' },
  EnableInterContainerTrafficEncryption: false,
  EnableManagedSpotTraining: false,
  EnableNetworkIsolation: false,
  ProfilingStatus: 'Disabled',
} as const

interface Named {
  readonly name: string
  readonly account: string
  /** CreationTime, epoch milliseconds. */
  readonly created: number
}

/** The whole answer of DescribeTrainingJob. */
export function expected(request: Row['request'], shown: Shown, { name, account, created }: Named): object {
  const { status, history, modified, started, ended, trained, billed, more } = shown
  const date = (seconds: number) => new Date(created + Math.round(seconds * 1000))
  const transitions = history
    .trim()
    .split('\n')
    .map((line) => transitionOf(line, date))
  return {
    TrainingJobName: name,
    TrainingJobArn: `arn:aws:sagemaker:us-east-1:${account}:training-job/${name}`,
    ...COMMON_DESCRIBED,
    ...request,
    TrainingJobStatus: status,
    SecondaryStatus: transitions.at(-1)?.Status,
    CreationTime: date(0),
    LastModifiedTime: date(modified),
    ...(started === undefined ? {} : { TrainingStartTime: date(started) }),
    ...(ended === undefined ? {} : { TrainingEndTime: date(ended) }),
    ...(trained === undefined ? {} : { TrainingTimeInSeconds: trained }),
    ...(billed === undefined ? {} : { BillableTimeInSeconds: billed }),
    SecondaryStatusTransitions: transitions,
    ...more,
  }
}

const ELEMENT = /^\s*([\d.]+)\s+([\d.]+|-)\s+(\w+)\s+(.+)$/

function transitionOf(line: string, date: (seconds: number) => Date) {
  const [, start = '', end = '', Status, StatusMessage] = ELEMENT.exec(line) ?? []
  if (Status === undefined) throw new TypeError(`Not a line of a history: ${line}`)
  return {
    Status,
    StartTime: date(Number(start)),
    ...(end === '-' ? {} : { EndTime: date(Number(end)) }),
    StatusMessage,
  }
}
