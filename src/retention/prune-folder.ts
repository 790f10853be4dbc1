import type { JobClock } from '../clock/clock.ts'
import { openDataFolder } from '../data-folder/data-folder.ts'
import { readConfiguration } from '../data-folder/read-configuration.ts'
import { systemDurableFiles } from '../durable/durable-files.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import { prune, type Pruned, type RetentionAges } from './prune.ts'

export interface PruneFolderOptions {
  /** The data folder. */
  readonly path: string
  /** In the place of all that are configured. */
  readonly ages?: RetentionAges
  readonly dryRun: boolean
  readonly clock: Pick<JobClock, 'now'>
}

/** What went, and by what. */
export interface FolderPruned extends Pruned {
  readonly dryRun: boolean
  readonly ages: RetentionAges
}

/**
 * Prunes a data folder that no server runs on; under its lock, so that none starts meanwhile.
 * @throws DataFolderError, NewerSchemaError, StoreError, and what the disk refuses
 */
export async function pruneFolder({ path, dryRun, clock, ...options }: PruneFolderOptions): Promise<FolderPruned> {
  await using stack = new AsyncDisposableStack()
  const taken = await openDataFolder({ path, durable: systemDurableFiles, command: 'prune' })
  const folder = stack.adopt(taken, (opened) => opened.close())
  const { configuration, store: storePath, logs: logsFolder } = folder.paths
  const ages = options.ages ?? (await readConfiguration(configuration)).retention
  const store = stack.adopt(await openSqliteStore({ path: storePath }), (opened) => opened.close())
  const pruned = await prune({ store, logsFolder, durable: systemDurableFiles, clock }, { ages, dryRun })
  return { dryRun, ages, ...pruned }
}
