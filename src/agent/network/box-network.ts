import { join } from 'node:path'
import { realpathSync } from 'node:fs'
import { hostAddress, parseSubnet } from '../../util/subnet.ts'
import type { LaunchOrder } from '../messages.ts'
import type { Keeper } from '../status-file.ts'
import { networkFolder } from './network-folder.ts'

/** What a box needs to stand in its job's network. */
export interface BoxNetwork {
  /** Runs the command given after it there; as root of a user namespace, where we are not root. */
  readonly enter: readonly string[]
  /** Where, then, the `/sys` lies that shows the instance's own cards only. */
  readonly sysfs: string
  /** Lines of `/etc/hosts`: every instance of the job. */
  readonly hosts: string
  /** The address that resolves other machines' names, where they can be reached. */
  readonly resolver?: string
}

export function boxNetwork(order: LaunchOrder, dataFolder: string, { pid }: Keeper): BoxNetwork {
  const { spec, plan } = order
  const { ns } = networkFolder(realpathSync(dataFolder), spec.id)
  const subnet = parseSubnet(plan.network?.subnet ?? '')
  const number = spec.hosts.indexOf(spec.id.host) + 1
  const names = spec.hosts.map((host, index) => `${subnet ? hostAddress(subnet, index + 1) : ''} ${host}\n`)
  const open = spec.network === 'job' && plan.network?.open === true
  return {
    enter: [
      'nsenter',
      ...enterUser(pid),
      `--mount=/proc/${pid}/ns/mnt`,
      `--net=/proc/${pid}/root${join(ns, `algo-${number}`)}`,
      '--',
    ],
    sysfs: join(ns, `sys-${number}`),
    hosts: `127.0.0.1 localhost\n::1 localhost\n${names.join('')}`,
    ...(open && subnet ? { resolver: subnet.resolver } : {}),
  }
}

/** Where a job looks for its server: as it was when the job was launched. */
export function bridgeOf({ plan }: LaunchOrder): string {
  return parseSubnet(plan.network?.subnet ?? '')?.bridge ?? ''
}

/** Arguments of `nsenter` without which an ordinary user may enter nothing that belongs to the holder. */
export function enterUser(holder: number): readonly string[] {
  return process.getuid?.() === 0 ? [] : ['--preserve-credentials', `--user=/proc/${holder}/ns/user`]
}
