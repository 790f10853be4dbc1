/** A heap that knows where each of its items is: the first is at hand, and any can be taken out, in the logarithm of how many there are. */
export class Heap<Item> {
  readonly #items: Item[] = []
  readonly #places = new Map<Item, number>()
  readonly #isBefore: (one: Item, other: Item) => boolean

  constructor(isBefore: (one: Item, other: Item) => boolean) {
    this.#isBefore = isBefore
  }

  get size(): number {
    return this.#items.length
  }

  /** The first; undefined where there is none. */
  peek(): Item | undefined {
    return this.#items[0]
  }

  /** An item that is in it already is put where it belongs now. */
  push(item: Item): void {
    this.delete(item)
    this.#items.push(item)
    this.#rise(item, this.#items.length - 1)
  }

  pop(): Item | undefined {
    const first = this.#items[0]
    if (first !== undefined) this.delete(first)
    return first
  }

  /** @returns false where it is not in it */
  delete(item: Item): boolean {
    const place = this.#places.get(item)
    if (place === undefined) return false
    this.#places.delete(item)
    const last = this.#items.pop()
    if (last === undefined || last === item) return true
    this.#rise(last, place)
    this.#sink(last, this.#places.get(last) ?? place)
    return true
  }

  #rise(item: Item, from: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = this.#items[above]
      if (parent === undefined || !this.#isBefore(item, parent)) break
      this.#put(parent, place)
      place = above
    }
    this.#put(item, place)
  }

  #sink(item: Item, from: number): void {
    let place = from
    for (;;) {
      const below = this.#firstBelow(place)
      const child = below === undefined ? undefined : this.#items[below]
      if (below === undefined || child === undefined || !this.#isBefore(child, item)) break
      this.#put(child, place)
      place = below
    }
    this.#put(item, place)
  }

  #firstBelow(place: number): number | undefined {
    const left = 2 * place + 1
    const one = this.#items[left]
    const other = this.#items[left + 1]
    if (one === undefined) return undefined
    return other !== undefined && this.#isBefore(other, one) ? left + 1 : left
  }

  #put(item: Item, place: number): void {
    this.#items[place] = item
    this.#places.set(item, place)
  }
}
