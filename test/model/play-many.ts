import { playPrograms } from './programs.ts'

// What `npm run model` starts, without the test runner, which follows every promise and makes a program cost a tenth more.
const [count = 0, seed = 0] = process.argv.slice(2).map(Number)
try {
  await playPrograms({ count, seed, midway: true })
} catch (error) {
  process.exitCode = 1
  console.error(error)
}
