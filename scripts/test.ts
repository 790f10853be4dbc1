import { globSync } from 'node:fs'
import { run } from './run.ts'

/**
 * `npm test`: everything that a plain clone can run. Arguments are passed to node:test; a path or glob among them takes the place of all tests.
 * The tests of real AWS clients in their own processes are `npm run test:clients`.
 */
const given = process.argv.slice(2)
const all = globSync('test/**/*.test.ts').filter((file) => !file.startsWith('test/clients/'))
const files = given.some((argument) => !argument.startsWith('-')) ? [] : all.sort()
// Two files at once: many of them start real servers and processes, which share the machine's processors.
// The limit is for what hangs, not for what is slow.
const options = [
  '--import',
  './test/support/property-seed.ts',
  '--test',
  '--test-concurrency=2',
  '--test-timeout=300000',
]
process.exitCode = await run(process.execPath, [...options, ...given, ...files])
