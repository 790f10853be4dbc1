import type { Isolation } from '../../agent/messages.ts'
import { probeIsolation, type Probed } from '../../runtime/process/probe-isolation.ts'
import { findOptMlLink } from '../../runtime/process/opt-ml-link.ts'
import { typed } from '../server/typed-command.ts'
import type { Examined } from './examined.ts'
import { had, missing, type Finding } from './finding.ts'
import { asRoot, installCommand } from './install-command.ts'
import { namespaceCure } from './namespace-cure.ts'
import { tryProgram } from './try-program.ts'

const BUBBLEWRAP = { group: 'isolation', name: 'bubblewrap' } as const
const UNSHARE = { group: 'isolation', name: 'unshare' } as const
const OPT_ML = { group: 'isolation', name: '/opt/ml' } as const
const OVERLAY = { group: 'isolation', name: 'overlay' } as const

/** How jobs are kept apart here (docs/guides/configuration.md); each box is really built once. */
export async function examineIsolation(examined: Examined): Promise<readonly Finding[]> {
  const { folder: dataFolder, jobUser } = examined
  const request = { dataFolder, overlay: false, ...(jobUser ? { jobUser } : {}) }
  const [bwrap, unshare] = await Promise.all([
    probe('bwrap', () => probeIsolation({ ...request, isolation: 'bwrap' })),
    probe('unshare', () => probeIsolation({ ...request, isolation: 'unshare' })),
  ])
  const best = bwrap.available ? 'bwrap' : unshare.available ? 'unshare' : undefined
  const overlay = best && (await probeIsolation({ ...request, isolation: best, overlay: true }))
  return [
    bubblewrapFinding(bwrap, unshare),
    unshareFinding(unshare, bwrap),
    optMlFinding(best),
    overlayFinding(overlay),
  ]
}

/** The kind that a server would choose by these findings. */
export function chosenIsolation(findings: readonly Finding[]): Isolation {
  const has = (name: string) => findings.some((finding) => finding.had && finding.name === name)
  if (has(BUBBLEWRAP.name)) return 'bwrap'
  if (has(UNSHARE.name)) return 'unshare'
  return has(OPT_ML.name) ? 'link' : 'base-dir'
}

/** What is not installed is said so, in place of what the shell says of it. */
async function probe(program: string, build: () => Promise<Probed>): Promise<Probed> {
  const version = await tryProgram(program, '--version')
  if (!version.worked && !version.installed) return { available: false, reason: version.reason }
  return build()
}

function bubblewrapFinding(bwrap: Probed, unshare: Probed): Finding {
  if (bwrap.available) return had(BUBBLEWRAP, 'each job gets its own /opt/ml, processes and host name')
  const cure = isNotInstalled(bwrap.reason) ? installCommand('bubblewrap') : namespaceCure(bwrap.reason)
  const why = unshare.available ? 'Not needed: unshare does the same here.' : NO_BOX
  return missing(BUBBLEWRAP, { detail: bwrap.reason, why, cure })
}

function unshareFinding(unshare: Probed, bwrap: Probed): Finding {
  if (unshare.available) return had(UNSHARE, bwrap.available ? 'works too' : 'each job gets its own /opt/ml')
  const cure = isNotInstalled(unshare.reason) ? installCommand('util-linux') : namespaceCure(unshare.reason)
  return missing(UNSHARE, {
    detail: unshare.reason,
    why: bwrap.available ? 'Not needed: bubblewrap is there.' : NO_BOX,
    cure,
  })
}

const NO_BOX =
  'Jobs see this machine as it is: no /opt/ml of their own unless `setup` was run, one at a time, and no isolation.'

function optMlFinding(best: string | undefined): Finding {
  if (best !== undefined) return had(OPT_ML, 'every job its own')
  const link = findOptMlLink()
  if (link.available) return had(OPT_ML, 'a link, given to one job at a time')
  const why = 'Jobs whose command names /opt/ml are refused; others find their folders by SAGEMAKER_BASE_DIR.'
  return missing(OPT_ML, { detail: link.reason, why, cure: asRoot(typed('setup')) })
}

function overlayFinding(overlay: Probed | undefined): Finding {
  if (overlay?.available) return had(OVERLAY, 'channels are mounted, not copied')
  const detail = overlay ? overlay.reason : 'needs bubblewrap or unshare'
  const why =
    'Files of a channel are cloned where the file system can (reflink), else copied: slower starts, more disk.'
  return missing(OVERLAY, {
    detail,
    why,
    cure: 'keep the data folder on ext4, xfs or btrfs (--data), with Linux 5.11 or later',
  })
}

function isNotInstalled(reason: string): boolean {
  return reason.endsWith('is not installed')
}
