/** A decorator of a contract: what `overrides` has is called in its place, all else is the target's own. */
export function overriding<Contract extends object>(target: Contract, overrides: Partial<Contract>): Contract {
  return new Proxy(target, {
    get(_target, key) {
      if (Object.hasOwn(overrides, key)) return Reflect.get(overrides, key)
      // The target's own receiver: its private members are not the proxy's.
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
