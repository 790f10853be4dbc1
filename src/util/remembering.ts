/**
 * A function of a text that answers what it was asked before without working it out again. What it throws is not kept.
 * @param make depends on nothing but the text, and what it returns is not changed by anybody
 * @param most texts that are kept; beyond them all are forgotten, which costs whoever makes up new ones no more than before
 */
export function remembering<Value>(make: (text: string) => Value, most: number): (text: string) => Value {
  const known = new Map<string, Value>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const made = make(text)
    if (known.size >= most) known.clear()
    known.set(text, made)
    return made
  }
}
