import { lstatSync, readdirSync, readlinkSync, type Dirent } from 'node:fs'
import type { Machine, RootEntry } from './box.ts'

/** Looks at what boxes depend on. */
export function readMachine(): Machine {
  return {
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    optMl: isFolder('/opt/ml'),
    opt: isFolder('/opt') ? entries('/opt') : undefined,
    root: entries('/'),
  }
}

/** A link is not enough: what it points to may not be ours to bind over. */
function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function entries(folder: string): RootEntry[] {
  return readdirSync(folder, { withFileTypes: true }).map((entry) => rootEntry(folder, entry))
}

function rootEntry(folder: string, entry: Dirent): RootEntry {
  if (entry.isSymbolicLink()) return { name: entry.name, kind: 'link', target: readlinkSync(`${folder}/${entry.name}`) }
  return { name: entry.name, kind: entry.isDirectory() ? 'folder' : 'file' }
}
