import { rm } from 'node:fs/promises'
import { answerOf, load } from './support/load.ts'
import { createInput, ownerOf, sagemakerCall } from './support/requests.ts'
import { bench, median, quantile, type Row } from './support/row.ts'
import { startTrainyard, temporaryData, trainyardProgram } from './support/servers.ts'

/** Question: how long do others wait for the API while a job prints as fast as it can and ten metric definitions are followed? Run: `node bench/api-beside-logs.ts` (15 s). */
const REQUESTS = 2000
const LINE = 'step 1200 of 5000 epoch 3 loss: 0.0625 acc: 0.9375 lr: 1e-3 '.padEnd(99, '.')
const METRICS = ['loss', 'acc', 'lr', 'f1', 'auc', 'rmse', 'val_loss', 'val_acc', 'perplexity', 'throughput']

await bench(async () => {
  const data = await temporaryData('logs')
  const server = await startTrainyard({ program: await trainyardProgram(), data, hold: false })
  try {
    const owner = await ownerOf(data)
    const call = (operation: string, input: object) => sagemakerCall(server.port, owner, operation, input)
    const base = createInput('printing', owner.defaultBucket)
    const algorithm = {
      TrainingImage: 'local/python',
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['sh', '-c', `yes '${LINE}' | head -c 4000000000`],
      MetricDefinitions: METRICS.map((Name) => ({ Name, Regex: `${Name}: ([0-9.e-]+)` })),
    }
    await answerOf(server.port, call('CreateTrainingJob', { ...base, AlgorithmSpecification: algorithm }))
    const describe = { TrainingJobName: 'printing' }
    while (
      !(await answerOf(server.port, call('DescribeTrainingJob', describe))).includes('"SecondaryStatus":"Training"')
    );
    const requests = Array.from({ length: REQUESTS }, () => call('DescribeTrainingJob', describe))
    const { latencies } = await load(server.port, requests, 1)
    await answerOf(server.port, call('StopTrainingJob', describe))
    while (
      (await answerOf(server.port, call('DescribeTrainingJob', describe))).includes('"TrainingJobStatus":"Stopping"')
    );
    return [row(latencies)]
  } finally {
    await server.stop()
    await rm(data, { recursive: true, force: true, maxRetries: 10 })
  }
})

function row(latencies: readonly number[]): Row {
  const p99 = quantile(latencies, 0.99)
  return {
    what: 'DescribeTrainingJob, p99, while a job prints as fast as it can, ten metrics followed',
    yardstick: 'the clock',
    goal: '≤ 20 ms',
    result: `${p99.toFixed(1)} ms`,
    met: p99 <= 20,
    ours: `median ${median(latencies).toFixed(2)} ms`,
    theirs: '',
  }
}
