import { accessSync, constants } from 'node:fs'
import { had, missing, type Finding } from './finding.ts'
import { asRoot, installCommand } from './install-command.ts'
import { tryProgram } from './try-program.ts'

const IP = { group: 'network', name: 'ip' } as const
const JOB_NETWORK = { group: 'network', name: 'job network' } as const
const SLIRP = { group: 'network', name: 'slirp4netns' } as const

/** A bridge, a pair of veth and a namespace within the namespace: what several instances of one job are joined by. */
const JOIN = `set -e
unshare --net true
ip link add br0 type bridge
ip link add v1 type veth peer name eth0
ip link set v1 master br0
nsenter --net=/proc/self/ns/net true
mount -t sysfs algo /sys`

/** Whether a job can have a network of its own, and a way out of it. */
export async function examineNetwork(): Promise<readonly Finding[]> {
  return Promise.all([examineIp(), examineJobNetwork(), examineSlirp()])
}

async function examineIp(): Promise<Finding> {
  const version = await tryProgram('ip', '-V')
  if (version.worked) return had(IP, version.stdout.trim().replace(/^ip utility, /, ''))
  const why = 'No networks can be made for jobs.'
  return missing(IP, { detail: version.reason, why, cure: installCommand('iproute2') })
}

async function examineJobNetwork(): Promise<Finding> {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const tried = await tryProgram('unshare', ...user, '--net', '--mount', '--', 'sh', '-c', JOIN)
  if (tried.worked) return had(JOB_NETWORK, 'namespaces, bridge and veth work')
  const why =
    'Jobs of several instances, and network isolation, cannot be had; single instances use this machine’s network.'
  const cure = /Unknown device type|not supported/i.test(tried.reason) ? asRoot('modprobe -a bridge veth') : undefined
  return missing(JOB_NETWORK, { detail: tried.reason, why, cure })
}

async function examineSlirp(): Promise<Finding> {
  const why = 'Jobs in a network of their own reach this server and nothing else.'
  const version = await tryProgram('slirp4netns', '--version')
  if (!version.worked) return missing(SLIRP, { detail: version.reason, why, cure: installCommand('slirp4netns') })
  try {
    accessSync('/dev/net/tun', constants.W_OK)
  } catch {
    const cure = asRoot('chmod 0666 /dev/net/tun')
    return missing(SLIRP, { detail: 'installed, but /dev/net/tun is missing or closed to this user', why, cure })
  }
  return had(SLIRP, version.stdout.split('\n')[0]?.replace(/^slirp4netns /, '') ?? '')
}
