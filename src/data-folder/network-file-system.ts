import { readFile, realpath, statfs } from 'node:fs/promises'

/** Numbers of statfs(2) for file systems that other machines write to: their locks, their syncs or their shared memory cannot be relied on. */
const NETWORK = new Map<number, string>([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x564c, 'NCP'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x20030528, 'OrangeFS'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x01021997, '9P'],
])

/** A program behind it does the work, so only its name says what it is. */
const FUSE = 0x65735546
/** Those that are known to keep their bytes on this machine; sshfs, s3fs, gcsfuse and the rest do not, or may not. */
const LOCAL_FUSE = new Set([
  'fuseblk',
  'fuse.fuse-overlayfs',
  'fuse.ntfs-3g',
  'fuse.bindfs',
  'fuse.mergerfs',
  'fuse.gocryptfs',
])

/**
 * @param path of something that exists
 * @returns the name of the network file system it lies on, or undefined; always undefined elsewhere than on Linux
 */
export async function networkFileSystem(path: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  const { type } = await statfs(path)
  // The number is a signed word on some machines.
  const number = type >>> 0
  if (number !== FUSE) return NETWORK.get(number)
  const mounted = mountType(await readFile('/proc/self/mountinfo', 'utf8'), await realpath(path))
  return isLocalFuse(mounted) ? undefined : (mounted ?? 'FUSE')
}

export function isLocalFuse(type: string | undefined): boolean {
  return type !== undefined && LOCAL_FUSE.has(type)
}

/**
 * @param mountinfo as proc(5) describes it; of mounts over one another the last counts
 * @param path absolute, without links
 * @returns the type of the file system that `path` lies on, such as `fuse.sshfs`
 */
export function mountType(mountinfo: string, path: string): string | undefined {
  let best = { length: -1, type: undefined as string | undefined }
  for (const line of mountinfo.split('\n')) {
    const fields = line.split(' ')
    const point = unescape(fields[4] ?? '')
    const type = fields[fields.indexOf('-', 6) + 1]
    if (contains(point, path) && point.length >= best.length) best = { length: point.length, type }
  }
  return best.type
}

/** Spaces and the like are written as three octal digits. */
function unescape(field: string): string {
  return field.replaceAll(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

function contains(point: string, path: string): boolean {
  return point !== '' && (point === '/' || path === point || path.startsWith(`${point}/`))
}
