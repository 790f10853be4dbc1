import { existsSync } from 'node:fs'
import type { Isolation } from '../../agent/messages.ts'
import type { Probed } from '../../runtime/process/probe-isolation.ts'
import { NetworkProbe } from '../../runtime/process/probe-network.ts'
import type { Examined } from './examined.ts'
import { had, missing, type Finding } from './finding.ts'
import { asRoot, installCommand } from './install-command.ts'
import { tryProgram } from './try-program.ts'

const IP = { group: 'network', name: 'ip' } as const
const JOB_NETWORK = { group: 'network', name: 'job network' } as const
const SLIRP = { group: 'network', name: 'slirp4netns' } as const

/** Whether a job can have a network of its own, and a way out of it; one is really made, as a server does at its start. */
export async function examineNetwork(examined: Examined, isolation: Promise<Isolation>): Promise<readonly Finding[]> {
  const { folder: dataFolder, config, jobUser } = examined
  const probe = new NetworkProbe({ dataFolder, subnet: config.process.network, ...(jobUser ? { jobUser } : {}) })
  const [ip, { own, open }] = await Promise.all([examineIp(), probe.report(await isolation)])
  return [ip, jobNetworkFinding(own), await wayOutFinding(open)]
}

async function examineIp(): Promise<Finding> {
  const version = await tryProgram('ip', '-V')
  if (version.worked) return had(IP, version.stdout.trim().replace(/^ip utility, /, ''))
  const why = 'No networks can be made for jobs.'
  return missing(IP, { detail: version.reason, why, cure: installCommand('iproute2') })
}

function jobNetworkFinding(own: Probed): Finding {
  if (own.available) return had(JOB_NETWORK, 'namespaces, bridge and veth work')
  const why = 'Jobs of several instances, and isolated ones, are refused; single instances use this machine’s network.'
  const cure = /Unknown device type|not supported/i.test(own.reason) ? asRoot('modprobe -a bridge veth') : undefined
  return missing(JOB_NETWORK, { detail: own.reason, why, cure })
}

async function wayOutFinding(open: Probed): Promise<Finding> {
  if (open.available) return had(SLIRP, 'jobs in a network of their own reach other machines')
  const why = 'Jobs in a network of their own reach this server and no other machine.'
  const version = await tryProgram('slirp4netns', '--version')
  const isMissing = !version.worked && !version.installed
  const tun = /\/dev\/net\/tun/.test(open.reason) ? tunCure() : undefined
  return missing(SLIRP, { detail: open.reason, why, cure: isMissing ? installCommand('slirp4netns') : tun })
}

function tunCure(): string {
  if (existsSync('/dev/net/tun')) return asRoot('chmod 0666 /dev/net/tun')
  return `${asRoot('modprobe tun')}; inside a container: start it with --device /dev/net/tun`
}
