import type { Config } from './config.ts'

/** A server that runs as root runs jobs under a user of their own, to which blobs and workspaces belong. */
export function jobUser(config: Config): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  return { uid: config.process.uid, gid: config.process.uid }
}
