import { dropPrivileges, mustHide, type Box, type BoxParts, type Machine } from './box.ts'
import { overlayLine } from './fstab.ts'

const NEVER_ASSEMBLED = new Set(['proc', 'dev', 'opt'])

/**
 * The preferred box. Its waiter is bubblewrap's own monitor. Never `--die-with-parent` (the job outlives us), never bubblewrap's own process 1 (a program
 * without a TERM handler would die where it ignores TERM in a container), never `--dev` (it hides GPUs).
 */
export function bwrapBox(parts: BoxParts): Box {
  const { place, scripts, machine, jobUser, overlays, network } = parts
  const asUser = machine.uid !== 0
  const bwrap = [
    'bwrap',
    '--json-status-fd',
    '9',
    ...(asUser ? ['--unshare-user', '--uid', String(machine.uid), '--gid', String(machine.gid)] : []),
    ...rootFolder(machine),
    ...['--dev-bind', '/dev', '/dev', '--proc', '/proc', '--perms', '1777', '--tmpfs', '/dev/shm'],
    ...(network ? ['--bind', network.sysfs, '/sys', '--bind-try', '/sys/fs/cgroup', '/sys/fs/cgroup'] : []),
    ...(mustHide(parts) ? ['--perms', '0755', '--tmpfs', parts.dataFolder] : []),
    ...['--bind', place.scratch, parts.scratch, '--bind', place.ml, '/opt/ml'],
    ...parts.covers.flatMap(({ source, target }) => ['--ro-bind', source, target]),
    ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--hostname', place.id.host],
    ...['--as-pid-1', '--chdir', '/opt/ml', '--'],
    ...dropPrivileges(jobUser),
    ...scripts.start,
  ]
  const join = network?.enter ?? []
  if (overlays.length === 0) return { enter: [...join, ...bwrap], scratch: parts.scratch, files: {} }
  // This bubblewrap knows no overlays, so they are mounted around it.
  const namespace = [
    'unshare',
    // Who has joined a network is root in its namespace.
    ...(asUser && !network ? ['--user', '--map-root-user'] : []),
    '--mount',
    '--propagation',
    'slave',
    '--',
  ]
  return {
    enter: [...join, ...namespace, ...scripts.overlay, `${place.folder}/fstab`, ...bwrap],
    scratch: parts.scratch,
    files: { fstab: overlays.map((overlay) => overlayLine(overlay, asUser)).join('') },
  }
}

/**
 * The machine's file system, with a folder at `/opt/ml` to bind to. Bubblewrap would make a missing one on the machine itself, so what lacks it is
 * assembled: `/opt` from its entries, and where there is no `/opt` the whole of `/`.
 */
function rootFolder({ optMl, opt, root }: Machine): string[] {
  if (optMl) return ['--bind', '/', '/']
  if (opt) {
    const entries = opt.filter(({ name }) => name !== 'ml')
    return [
      '--bind',
      '/',
      '/',
      '--perms',
      '0755',
      '--tmpfs',
      '/opt',
      ...entries.flatMap((entry) => bound('/opt', entry)),
    ]
  }
  const entries = root.filter(({ name }) => !NEVER_ASSEMBLED.has(name))
  return [...entries.flatMap((entry) => bound('', entry)), '--dir', '/opt']
}

function bound(folder: string, { name, kind, target }: Machine['root'][number]): string[] {
  const path = `${folder}/${name}`
  return kind === 'link' && target !== undefined ? ['--symlink', target, path] : ['--bind-try', path, path]
}
