import { run } from './run.ts'

/** `npm run check`: types, lint, format. */
const steps = [
  ['tsc', '-p', 'tsconfig.json'],
  ['oxlint', '--type-aware'],
  ['oxfmt', '--check', '.'],
] as const

for (const [command, ...args] of steps) {
  const code = await run(command, args)
  if (code !== 0) {
    console.error(`${command} failed`)
    process.exitCode = 1
  }
}
