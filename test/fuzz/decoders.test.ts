import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { fuzz, FuzzError } from './fuzz.ts'
import { fuzzTargets } from './targets.ts'

/** Of all decoders together; `npm run fuzz` feeds them a million. */
const INPUTS = Number(process.env['TRAINYARD_FUZZ_INPUTS'] ?? 40_000)
const SEED = Number(process.env['TRAINYARD_FUZZ_SEED'] ?? 20_261_123)
/** An input is at most 16 KiB; what takes time quadratic in it takes longer. */
const SLOWEST_MS = 250
const GROWTH_BYTES = 8 * 2 ** 20

const targets = fuzzTargets()

test('decoders survive mutated input', { concurrency: Math.min(2, availableParallelism()) }, async (t) => {
  const inputs = Math.ceil(INPUTS / targets.length)
  const fuzzed = targets.map(({ name }, target) =>
    t.test(`${name}: ${inputs} inputs, no crash, no hang, no growth`, async (inner) => {
      const { slowest, growth } = await fuzz({ seed: SEED, inputs, target })
      inner.diagnostic(`slowest ${slowest.toFixed(1)} ms, heap ${(growth / 2 ** 20).toFixed(1)} MiB`)
      assert.ok(slowest < SLOWEST_MS, `an input took ${slowest} ms`)
      assert.ok(growth < GROWTH_BYTES, `the heap grew by ${growth} bytes`)
    }),
  )
  await Promise.all(fuzzed)
})

test('an input that a decoder does not survive is told by its number', async () => {
  const none = targets.length
  await assert.rejects(
    fuzz({ seed: SEED, inputs: 1, target: none }),
    (error) => error instanceof FuzzError && error.input === 0,
  )
})
