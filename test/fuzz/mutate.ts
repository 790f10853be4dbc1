/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface Material {
  /** Valid inputs. */
  readonly seeds: readonly Buffer[]
  /** Pieces that mean something to the decoder. */
  readonly tokens: readonly string[]
}

/** What an input may grow to: as long as anything a decoder takes quadratic time for would show. */
const LONGEST = 16_384
const BYTES = [0x00, 0x0a, 0x0d, 0x20, 0x22, 0x25, 0x26, 0x2e, 0x3a, 0x3c, 0x5c, 0x7b, 0x7f, 0x80, 0xc3, 0xff] as const

/** A valid input with one to a few things wrong with it. */
export function mutated({ seeds, tokens }: Material, random: () => number): Buffer {
  let input = pick(seeds, random)
  const changes = 1 + below(4, random)
  for (let change = 0; change < changes; change++) {
    input = CHANGES[below(CHANGES.length, random)]?.(input, { seeds, tokens, random }) ?? input
  }
  return input.subarray(0, LONGEST)
}

interface Means extends Material {
  readonly random: () => number
}

const CHANGES: readonly ((input: Buffer, means: Means) => Buffer)[] = [
  (input, { random }) => overwritten(input, below(256, random), random),
  (input, { random }) => overwritten(input, pick(BYTES, random), random),
  (input, { random }) => input.subarray(0, below(input.length + 1, random)),
  (input, { random }) => {
    const [from, to] = range(input, random)
    return Buffer.concat([input.subarray(0, from), input.subarray(to)])
  },
  (input, { random }) => inserted(input, input.subarray(...range(input, random)), random),
  (input, { tokens, random }) => inserted(input, Buffer.from(pick(tokens, random)), random),
  (input, { tokens, random }) => {
    const token = pick([...tokens, String.fromCharCode(below(256, random))], random)
    return inserted(input, Buffer.from(token.repeat(1 + below(500, random))), random)
  },
  (input, { seeds, random }) => {
    const other = pick(seeds, random)
    return Buffer.concat([
      input.subarray(0, below(input.length + 1, random)),
      other.subarray(below(other.length + 1, random)),
    ])
  },
  (input, { random }) => inserted(input, Buffer.from(String(NUMBERS[below(NUMBERS.length, random)])), random),
]

const NUMBERS = [0, -1, 1e308, 2 ** 31, 2 ** 53, -(2 ** 63), '00', '1e999', '0x10', 'NaN', 'ffffffffffff'] as const

function overwritten(input: Buffer, byte: number, random: () => number): Buffer {
  if (input.length === 0) return Buffer.from([byte])
  const copy = Buffer.from(input)
  copy[below(copy.length, random)] = byte
  return copy
}

function inserted(input: Buffer, piece: Uint8Array, random: () => number): Buffer {
  const at = below(input.length + 1, random)
  return Buffer.concat([input.subarray(0, at), piece, input.subarray(at)])
}

function range(input: Buffer, random: () => number): [from: number, to: number] {
  const from = below(input.length + 1, random)
  return [from, Math.min(input.length, from + 1 + below(64, random))]
}

function below(limit: number, random: () => number): number {
  return Math.floor(random() * limit)
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[below(items.length, random)]
  if (item === undefined) throw new RangeError('nothing to pick from')
  return item
}
