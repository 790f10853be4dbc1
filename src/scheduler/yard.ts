/** What all jobs together may have of the machine. */
export interface Yard {
  readonly cpus: number
  /** Bytes. */
  readonly memory: number
  /** Indices of its GPUs, ascending. */
  readonly gpus: readonly number[]
}

/** A part of a yard, in whole numbers, so that what is taken and given back any number of times still adds up. */
export interface Amount {
  /** Thousandths of a processor. */
  readonly cpus: number
  /** Bytes. */
  readonly memory: number
  /** How many. */
  readonly gpus: number
}

export const NOTHING: Amount = { cpus: 0, memory: 0, gpus: 0 }

/** Thousandths of a processor. */
const PARTS = 1000

/** The whole of a yard. */
export function amountOf({ cpus, memory, gpus }: Yard): Amount {
  return { cpus: Math.floor(cpus * PARTS), memory: Math.floor(memory), gpus: gpus.length }
}

/** Processors as a placement says them. */
export function processors(parts: number): number {
  return parts / PARTS
}

export function plus(one: Amount, other: Amount, times = 1): Amount {
  return {
    cpus: one.cpus + other.cpus * times,
    memory: one.memory + other.memory * times,
    gpus: one.gpus + other.gpus * times,
  }
}

export function minus(one: Amount, other: Amount): Amount {
  return plus(one, other, -1)
}

/** What asks for nothing of a kind fits whatever is left of it, less than nothing too: a yard may have become smaller than what runs in it. */
export function fits(wanted: Amount, left: Amount): boolean {
  return (
    (wanted.cpus === 0 || wanted.cpus <= left.cpus) &&
    (wanted.memory === 0 || wanted.memory <= left.memory) &&
    (wanted.gpus === 0 || wanted.gpus <= left.gpus)
  )
}

/** Two amounts with the same key are the same. */
export function keyOf({ cpus, memory, gpus }: Amount): string {
  return `${cpus} ${memory} ${gpus}`
}
