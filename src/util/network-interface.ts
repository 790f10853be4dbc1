import { networkInterfaces } from 'node:os'

/** The first card of this machine that is not the loopback, as frameworks are told in `network_interface_name`. */
export function networkInterface(): string {
  const cards = Object.entries(networkInterfaces())
  return cards.find(([, addresses]) => addresses?.some(({ internal }) => !internal))?.[0] ?? 'lo'
}
