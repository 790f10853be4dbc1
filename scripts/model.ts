import { availableParallelism } from 'node:os'
import { run } from './run.ts'

/**
 * `npm run model`: three thousand random programs against the model of the server, shared among the processors, and its shrunk failures as programs to be kept;
 * TRAINYARD_MODEL_PROGRAMS says how many, FAST_CHECK_SEED which.
 */
const count = Number(process.env['TRAINYARD_MODEL_PROGRAMS'] ?? 3000)
const seed = Number(process.env['FAST_CHECK_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const processes = availableParallelism()

const began = performance.now()
const codes = await Promise.all(
  Array.from({ length: processes }, (_, index) => {
    const share = Math.ceil((count - index) / processes)
    return run(process.execPath, ['test/model/play-many.ts', String(share), String(seed + index)])
  }),
)
const milliseconds = performance.now() - began
process.exitCode = codes.find((code) => code !== 0) ?? 0
console.log(
  `${count} programs in ${Math.round(milliseconds / 1000)} s, ${Math.round(milliseconds / count)} ms each: ${process.exitCode === 0 ? 'clean' : 'not clean'}`,
)
