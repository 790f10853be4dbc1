import { existsSync } from 'node:fs'
import type { BoxNetwork } from '../network/box-network.ts'
import { dropPrivileges, mustHide, type Box, type BoxParts } from './box.ts'
import { fstabLine, overlayLine } from './fstab.ts'

/** The box where there is no bubblewrap: util-linux's `unshare`, and two small scripts that leave the same files behind. */
export function unshareBox(parts: BoxParts): Box {
  const { place, scripts, machine, jobUser, network } = parts
  const asUser = machine.uid !== 0
  const enter = [
    ...(network?.enter ?? []),
    'unshare',
    // Who has joined a network is root in its namespace.
    ...(asUser && !network ? ['--user', '--map-root-user'] : []),
    // Without --fork: it would turn a killed command into exit 1 (recipe, pitfall 1).
    ...['--mount', '--uts', '--ipc', '--pid', '--propagation', 'slave', '--'],
    ...scripts.plainWait,
    ...scripts.inside,
    `${place.folder}/fstab`,
    place.id.host,
    ...dropPrivileges(jobUser),
    ...(asUser ? ['unshare', '--user', `--map-user=${machine.uid}`, `--map-group=${machine.gid}`, '--'] : []),
    ...scripts.start,
  ]
  return { enter, scratch: parts.scratch, files: { fstab: fstab(parts) } }
}

/** In the order of mounting: what hides the instance's folder comes after all that is bound out of it. */
function fstab(parts: BoxParts): string {
  const { place, machine, overlays, network } = parts
  const lines = [
    ...(machine.optMl ? [] : assembledOpt(parts)),
    ...(network ? ownSys(network) : []),
    ...overlays.map((overlay) => overlayLine(overlay, machine.uid !== 0)),
    fstabLine(place.ml, '/opt/ml', 'none', 'rbind'),
    ...parts.covers.map(({ source, target }) => fstabLine(source, target, 'none', 'bind')),
    fstabLine('algo', '/dev/shm', 'tmpfs', 'mode=1777'),
    fstabLine(place.scratch, parts.scratch, 'none', 'rbind'),
    ...(mustHide(parts) ? [fstabLine('algo', parts.dataFolder, 'tmpfs', 'mode=0755')] : []),
    fstabLine('algo', '/proc', 'proc', 'nosuid,nodev,noexec'),
  ]
  return lines.join('')
}

/** The machine's control groups are put into it first: afterwards they are no longer to be seen. */
function ownSys({ sysfs }: BoxNetwork): string[] {
  const groups = '/sys/fs/cgroup'
  return [
    ...(existsSync(groups) ? [fstabLine(groups, `${sysfs}/fs/cgroup`, 'none', 'rbind')] : []),
    fstabLine(sysfs, '/sys', 'none', 'rbind'),
  ]
}

/** `/opt` from mount points of ours, one for each of its entries, because the machine's has none for `ml`. */
function assembledOpt({ place, machine }: BoxParts): string[] {
  const entries = (machine.opt ?? []).filter(({ name, kind }) => name !== 'ml' && kind !== 'link')
  return [
    ...entries.map(({ name }) => fstabLine(`/opt/${name}`, `${place.folder}/opt/${name}`, 'none', 'rbind')),
    fstabLine(`${place.folder}/opt`, '/opt', 'none', 'rbind'),
  ]
}
