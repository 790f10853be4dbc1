import { chmod, chown, constants, copyFile, link, mkdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InstanceError, type Downloaded } from '../../runtime/runtime.ts'
import { errorCode, isMissing } from '../../util/error-code.ts'
import { writeRecord, type InstanceFolder } from '../instance-folder.ts'
import type { ChannelSummary, JobUser, LaunchOrder } from '../messages.ts'
import { removeTree } from '../remove-tree.ts'
import { overlayCanName } from '../sandbox/fstab.ts'
import type { OverlayMount } from '../sandbox/box.ts'
import { diskError } from '../workspace.ts'
import { downloadedOf, type DownloadRecord } from './download-record.ts'
import { readManifest, type ManifestEntry } from './manifest.ts'
import { takeOver, type LeftInputs } from './take-over.ts'

/** Files on their way at once: enough to keep the thread pool busy. */
const AT_ONCE = 16
/** A mount costs a few milliseconds; below both of these a copy is as quick. */
const OVERLAY_BYTES = 8 * 2 ** 20
const OVERLAY_FILES = 200

export interface Download {
  readonly place: InstanceFolder
  readonly order: LaunchOrder
  readonly channels: readonly ChannelSummary[]
  /** Absolute path of the list that `writeManifest` wrote. */
  readonly manifest: string
  /** Of the instance that is taken over. */
  readonly left?: LeftInputs
  readonly signal: AbortSignal
}

/** How a channel's files get to the job without ever giving it a way to the stored object itself. */
type Way = 'clone' | 'overlay' | 'copy'

/**
 * Brings in every file of the manifest: as a clone of the object's blocks where the file system can, else as an overlay over a farm of links, mounted for
 * the instance alone, where that is worth it, else as a copy. Done once it is done; begun again from nothing after a crash.
 *
 * @throws InstanceError the client's: a file that is gone, two of one name, a full disk
 */
export async function downloadChannels(download: Download): Promise<Downloaded> {
  const { place, channels } = download
  try {
    const done = downloadedOf(place)
    if (done) return done
    const targets = await prepareTargets(download)
    await placeAll(download, targets)
    const overlays = targets.flatMap(({ overlay }) => overlay ?? [])
    const takenOver = targets.flatMap(({ name, isTakenOver }) => (isTakenOver ? name : []))
    writeRecord(place.downloaded, { overlays, channels, takenOver } satisfies DownloadRecord)
    return { takenOver }
  } catch (error) {
    download.signal.throwIfAborted()
    throw diskError(error, place.folder)
  } finally {
    // Of a call that was lost with its connection: it is asked again with the same list.
    if (!download.signal.aborted) await rm(download.manifest, { force: true })
  }
}

/** Where one channel's files go. */
interface Target {
  readonly name: string
  readonly way: Way
  readonly folder: string
  readonly overlay?: OverlayMount
  /** Whether everything is there already. */
  readonly isTakenOver?: boolean
  /** Folders below `folder` that exist, or are being made. */
  readonly folders: Map<string, Promise<void>>
}

async function prepareTargets({ place, order, channels, manifest, left }: Download): Promise<Target[]> {
  const canClone = await cloneWorks(place, manifest)
  await removeTree(place.overlays)
  const targets: Target[] = []
  for (const channel of channels) {
    const shown = join(place.ml, 'input/data', channel.name)
    await removeTree(shown)
    await makeFolder(shown, order.plan.jobUser)
    const way = wayOf(channel, { order, place, canClone })
    const target = { name: channel.name, way, folders: new Map<string, Promise<void>>() } as const
    if (way !== 'overlay') {
      targets.push({ ...target, folder: shown })
      continue
    }
    const overlay = await makeOverlay(join(place.overlays, channel.name), shown, order.plan.jobUser)
    const { lower } = overlay
    const isTakenOver = left !== undefined && (await takeOver(left, channel, { lower, owner: order.plan.jobUser }))
    targets.push({ ...target, folder: lower, overlay, isTakenOver })
  }
  return targets
}

/** What a command could not change is what can be left to another, or taken over: then it is an overlay wherever that is possible. */
function wayOf({ files, bytes }: ChannelSummary, { order, place, canClone }: Circumstances): Way {
  const { plan, spec } = order
  const canOverlay = plan.overlay && overlayCanName(place.folder)
  if (canOverlay && (spec.leavesInputs || spec.warm)) return 'overlay'
  if (canClone) return 'clone'
  return canOverlay && (bytes >= OVERLAY_BYTES || files >= OVERLAY_FILES) ? 'overlay' : 'copy'
}

interface Circumstances extends Pick<Download, 'order' | 'place'> {
  readonly canClone: boolean
}

/** Asked by doing it, to the first file that has any blocks. */
async function cloneWorks(place: InstanceFolder, manifest: string): Promise<boolean> {
  for await (const { size, source } of readManifest(manifest)) {
    if (size === 0) continue
    const trial = join(place.folder, 'clone-trial')
    try {
      await copyFile(source, trial, constants.COPYFILE_FICLONE_FORCE)
      return true
    } catch {
      return false
    } finally {
      await rm(trial, { force: true })
    }
  }
  return false
}

async function makeOverlay(folder: string, target: string, owner: JobUser | undefined): Promise<OverlayMount> {
  const overlay = { target, lower: join(folder, 'lower'), upper: join(folder, 'upper'), work: join(folder, 'work') }
  await mkdir(overlay.work, { recursive: true })
  await makeFolder(overlay.lower, owner)
  // The merged folder shows the upper one's owner and mode.
  await makeFolder(overlay.upper, owner)
  return overlay
}

async function placeAll({ order, manifest, signal }: Download, targets: readonly Target[]): Promise<void> {
  const running = new Set<Promise<void>>()
  const failures: unknown[] = []
  for await (const entry of readManifest(manifest)) {
    signal.throwIfAborted()
    const target = targets[entry.channel]
    if (failures.length > 0 || !target) break
    if (target.isTakenOver) continue
    const one = placeFile(entry, target, order.plan.jobUser)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => running.delete(one))
    running.add(one)
    if (running.size >= AT_ONCE) await Promise.race(running)
  }
  await Promise.all(running)
  if (failures.length > 0) throw failures[0]
}

async function placeFile(entry: ManifestEntry, target: Target, owner: JobUser | undefined): Promise<void> {
  const path = join(target.folder, safePath(entry.path, target))
  try {
    await folderFor(dirname(entry.path), target, owner)
    if (target.way === 'overlay' && (await linkBlob(entry.source, path, owner))) return
    const clone = target.way === 'clone' ? constants.COPYFILE_FICLONE : 0
    await copyFile(entry.source, path, constants.COPYFILE_EXCL | clone)
    // The v3 SDK changes modes in its channels, so the file must be the job's own (design, "Choices").
    await chmod(path, 0o644)
    if (owner) await chown(path, owner.uid, owner.gid)
  } catch (error) {
    throw await downloadError(error, entry, target)
  }
}

/** The server has checked the path; a slip there must not write outside the channel. */
function safePath(path: string, { name }: Target): string {
  const bad = path.includes('\0') || path.split('/').some((part) => part === '' || part === '.' || part === '..')
  if (bad) throw new InstanceError('client', `${JSON.stringify(path)} is no file name below channel ${name}`)
  return path
}

/** Makes a folder of the channel, and those above it, once. */
function folderFor(relative: string, target: Target, owner: JobUser | undefined): Promise<void> {
  if (relative === '.') return Promise.resolve()
  const known = target.folders.get(relative)
  if (known) return known
  const made = folderFor(dirname(relative), target, owner).then(() => makeFolder(join(target.folder, relative), owner))
  target.folders.set(relative, made)
  return made
}

async function makeFolder(path: string, owner: JobUser | undefined): Promise<void> {
  await mkdir(path, { mode: 0o755 })
  await chmod(path, 0o755)
  if (owner) await chown(path, owner.uid, owner.gid)
}

/**
 * Below an overlay a link to the object is as good as a copy, because changes go elsewhere. The link has the object's own owner and mode, so only what the
 * job could own itself is linked.
 */
async function linkBlob(source: string, path: string, owner: JobUser | undefined): Promise<boolean> {
  const { uid, mode } = await stat(source)
  if (uid !== (owner?.uid ?? process.getuid?.()) || (mode & 0o600) !== 0o600) return false
  try {
    await link(source, path)
    return true
  } catch (error) {
    // Another disk, the most links that a file can have, or a kernel that forbids it: a copy does as well.
    if (['EXDEV', 'EMLINK', 'EPERM'].includes(errorCode(error) ?? '')) return false
    throw error
  }
}

/** Whose fault it is, in words that follow `Data download failed:`. */
async function downloadError(error: unknown, entry: ManifestEntry, { name }: Target): Promise<unknown> {
  const code = errorCode(error)
  const object = `${entry.path} of channel ${name}`
  if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR') {
    return new InstanceError('client', `Two objects need the same file name: ${object}`, { cause: error })
  }
  if (code === 'ENAMETOOLONG') {
    return new InstanceError('client', `The key is too long for a file name: ${object}`, { cause: error })
  }
  if (code === 'ENOENT' && (await isGone(entry.source))) {
    return new InstanceError('client', `Unable to download object ${object}: it is no longer there`, { cause: error })
  }
  return error
}

async function isGone(path: string): Promise<boolean> {
  try {
    await stat(path)
    return false
  } catch (error) {
    return isMissing(error)
  }
}
