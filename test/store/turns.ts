import { setImmediate as turn } from 'node:timers/promises'

/** How often everything else had its turn while the work was done. */
export async function turnsDuring<Result>(work: () => Promise<Result>): Promise<{ result: Result; turns: number }> {
  let done = false
  let turns = 0
  const counting = (async () => {
    for (; !done; turns++) await turn()
  })()
  try {
    return { result: await work(), turns }
  } finally {
    done = true
    await counting
  }
}
