import { runAgent } from '../../../../src/agent/main.ts'

await runAgent(process.argv.slice(2))
