import { existsSync } from 'node:fs'
import { access, constants, mkdtemp } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { removeTree } from '../../agent/remove-tree.ts'
import { compileConfig, type Config } from '../../config/config.ts'
import { jobUser } from '../../config/job-user.ts'
import { pathsBelow } from '../../data-folder/data-folder.ts'
import { DataFolderError } from '../../data-folder/data-folder-error.ts'
import { readConfiguration } from '../../data-folder/read-configuration.ts'
import type { CliContext } from '../cli-context.ts'
import type { Examined } from './examined.ts'
import { had, missing, type Finding } from './finding.ts'
import { examineFleet } from './fleet.ts'
import { chosenIsolation, examineIsolation } from './isolation.ts'
import { examineLimits } from './limits.ts'
import { examineMachine } from './machine.ts'
import { examineNetwork } from './network.ts'
import { examineOthers } from './others.ts'
import { examinePythons } from './python.ts'
import { examineStorage, isFull } from './storage.ts'

const DATA_FOLDER = { group: 'storage', name: 'data folder', required: true } as const
const CONFIGURATION = { group: 'storage', name: 'configuration', required: true } as const

/** Looks at everything at once, and leaves nothing behind: the data folder is not made. */
export async function examine(
  { environment, clock }: Pick<CliContext, 'environment' | 'clock'>,
  dataFolder: string,
): Promise<readonly Finding[]> {
  const now = clock.now()
  const place = await trialFolder(dataFolder)
  const configuration = await configurationOf(dataFolder)
  const { config } = configuration
  const user = jobUser(config)
  try {
    const examined: Examined = {
      dataFolder,
      folder: place.folder ?? '',
      config,
      environment,
      ...(user ? { jobUser: user } : {}),
    }
    const onDisk = place.folder === undefined ? [] : await onDiskOf(examined)
    const found = await Promise.all([
      examineMachine(examined, now),
      examineFleet(examined),
      examineLimits(examined),
      examinePythons(examined),
      examineOthers(),
      ...onDisk,
    ])
    return [place.finding, configuration.finding, ...found.flat()]
  } finally {
    if (place.folder !== undefined) await removeTree(place.folder)
  }
}

async function onDiskOf(examined: Examined): Promise<readonly Promise<readonly Finding[]>[]> {
  if (await isFull(examined.folder)) return [examineStorage(examined)]
  const isolation = examineIsolation(examined)
  return [examineStorage(examined), isolation, examineNetwork(examined, isolation.then(chosenIsolation))]
}

/** A folder in the data folder, or where it would be made: on its disk, with its owner's rights. */
async function trialFolder(dataFolder: string): Promise<{ readonly finding: Finding; readonly folder?: string }> {
  const parent = await nearest(dataFolder)
  try {
    const folder = await mkdtemp(join(parent, '.trainyard-doctor-'))
    const detail = parent === dataFolder ? dataFolder : `${dataFolder}, not made yet`
    return { finding: had(DATA_FOLDER, detail), folder }
  } catch (error) {
    const why = 'A server keeps everything there.'
    const cure = 'choose a folder of your own with --data, or run as the user it belongs to'
    return { finding: missing(DATA_FOLDER, { detail: `${parent} cannot be written: ${String(error)}`, why, cure }) }
  }
}

async function nearest(path: string): Promise<string> {
  const exists = await access(path, constants.F_OK).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  )
  return exists || path === dirname(path) ? path : nearest(dirname(path))
}

async function configurationOf(dataFolder: string): Promise<{ readonly finding: Finding; readonly config: Config }> {
  const path = pathsBelow(dataFolder).configuration
  try {
    const config = await readConfiguration(path)
    const detail = existsSync(path) ? path : 'every setting has its default'
    return { finding: had(CONFIGURATION, detail), config }
  } catch (error) {
    if (!(error instanceof DataFolderError)) throw error
    const lack = { detail: error.message, why: 'A server refuses to start with it.', cure: `mend ${path}` }
    return { finding: missing(CONFIGURATION, lack), config: compileConfig(undefined) }
  }
}
