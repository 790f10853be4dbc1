/** A network of IPv4 addresses that jobs see: where in it everything has its place. */
export interface Subnet {
  /** `10.0.2.0/24` */
  readonly cidr: string
  readonly prefix: number
  /** The bridge that joins the instances, where the server's socket listens: the first address. */
  readonly bridge: string
  /** The way to other machines, where there is one: the second. */
  readonly gateway: string
  /** Resolves names, where there is a way to other machines: the third. */
  readonly resolver: string
  /** How many instances have an address. */
  readonly capacity: number
}

/** Addresses before that of `algo-1`, which is the eleventh. */
const FIRST_HOST = 10
/** A Linux bridge has 1024 ports; some are not for instances. */
const MOST_HOSTS = 1000
const PREFIXES = { widest: 16, narrowest: 25 } as const

/** @returns undefined for anything but the first address of a network and a prefix of 16 to 25 */
export function parseSubnet(cidr: string): Subnet | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr)
  if (!match) return undefined
  const [, ...numbers] = match.map(Number)
  const prefix = numbers.pop() ?? 0
  const size = 2 ** (32 - prefix)
  const base = numbers.reduce((sum, part) => sum * 256 + part, 0)
  if (numbers.some((part) => part > 255) || prefix < PREFIXES.widest || prefix > PREFIXES.narrowest) return undefined
  if (base % size !== 0) return undefined
  return {
    cidr,
    prefix,
    bridge: address(base + 1),
    gateway: address(base + 2),
    resolver: address(base + 3),
    // The last address is everybody's.
    capacity: Math.min(MOST_HOSTS, size - FIRST_HOST - 2),
  }
}

/** @param number 1 for `algo-1` */
export function hostAddress({ bridge }: Subnet, number: number): string {
  const base = bridge.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) - 1
  return address(base + FIRST_HOST + number)
}

function address(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}
