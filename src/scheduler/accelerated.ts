/** Families of instances with accelerators: their jobs wait as Pending (behaviour 1.4.3). */
const ACCELERATED = /^ml\.(p|g|trn|inf|dl)\d/

export function isAccelerated(instanceType: string): boolean {
  return ACCELERATED.test(instanceType)
}
