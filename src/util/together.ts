import { linkedController } from './linked-controller.ts'

/**
 * Does one piece of work for every item at once. The first that fails aborts the signal of the others; all have ended before its error is thrown on.
 *
 * @returns the results, in the order of the items
 */
export async function together<Item, Result>(
  items: readonly Item[],
  signal: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const [only] = items
  // Most jobs have one instance, which has no others to abort.
  if (only !== undefined && items.length === 1) return [await work(only, signal)]
  using shared = linkedController(signal)
  const works = items.map((item) => work(item, shared.signal))
  try {
    return await Promise.all(works)
  } catch (error) {
    shared.abort(error)
    await Promise.allSettled(works)
    throw error
  }
}
