import { run } from './run.ts'

/**
 * `npm run model`: three thousand random programs against the model of the server, and its shrunk failures as a program to be kept; TRAINYARD_MODEL_PROGRAMS says how
 * many, FAST_CHECK_SEED which.
 */
process.env['TRAINYARD_MODEL_PROGRAMS'] ??= '3000'
const options = ['--import', './test/support/property-seed.ts', '--test', 'test/model/model.test.ts']
process.exitCode = await run(process.execPath, options)
