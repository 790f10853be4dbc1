import { createHash } from 'node:crypto'

/** A short name for what a server keeps outside of its data folder. @param dataFolder absolute, without links */
export function folderName(dataFolder: string): string {
  return `trainyard-${createHash('sha256').update(dataFolder).digest('hex').slice(0, 12)}`
}
