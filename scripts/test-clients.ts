import { globSync } from 'node:fs'
import { CLIENT_VENVS, clientVenv } from './client-venvs.ts'
import { run } from './run.ts'

/**
 * `npm run test:clients`: real AWS clients, each in a process of its own, against a real server. Arguments are passed to node:test; a path or glob among
 * them takes the place of all tests.
 */
const given = process.argv.slice(2)
const files = given.some((argument) => !argument.startsWith('-')) ? [] : globSync('test/clients/*.test.ts').sort()
for (const name of CLIENT_VENVS) await clientVenv(name, console.log)
process.exitCode = await run(process.execPath, ['--test', '--test-concurrency=2', ...given, ...files])
