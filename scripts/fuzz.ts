import { run } from './run.ts'

/** `npm run fuzz`: the decoders, fed with a million inputs in all (less than two minutes); TRAINYARD_FUZZ_INPUTS and TRAINYARD_FUZZ_SEED say otherwise. */
process.env['TRAINYARD_FUZZ_INPUTS'] ??= '1000000'
process.exitCode = await run(process.execPath, ['--test', 'test/fuzz/decoders.test.ts'])
