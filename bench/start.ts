import { rm } from 'node:fs/promises'
import { bench, median, medianRatio, pairs, type Row } from './support/row.ts'
import { pinLoad, startBare, startTrainyard, temporaryData, trainyardProgram } from './support/servers.ts'

/** Question: how long until the shipped bundle accepts requests, on a folder that is there, beside a bare node:http? Run: `node bench/start.ts` (about 15 s). */
const PAIRS = 15

await bench(async () => {
  const program = await trainyardProgram()
  const data = await temporaryData('start')
  await pinLoad()
  try {
    const { ours, theirs } = await pairs(
      PAIRS,
      async () => {
        const server = await startTrainyard({ program, data })
        await server.stop()
        return server.startMs
      },
      async () => {
        const server = await startBare('json')
        await server.stop()
        return server.startMs
      },
    )
    return [row(ours, theirs)]
  } finally {
    await rm(data, { recursive: true, force: true })
  }
})

function row(ours: readonly number[], theirs: readonly number[]): Row {
  const ratio = medianRatio(ours, theirs)
  return {
    what: 'start to accepting requests, shipped bundle',
    yardstick: 'bare node:http',
    goal: '≤ 1.15',
    result: ratio.toFixed(2),
    met: ratio <= 1.15,
    ours: `${median(ours).toFixed(0)} ms`,
    theirs: `${median(theirs).toFixed(0)} ms`,
  }
}
