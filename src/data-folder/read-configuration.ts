import { readFile } from 'node:fs/promises'
import { compileConfig, type Config } from '../config/config.ts'
import { isMissing } from '../util/error-code.ts'
import { DataFolderError } from './data-folder-error.ts'

/**
 * Reads `trainyard.yaml`; a missing file is an empty one.
 * @throws DataFolderError BadConfiguration, naming the file and for each thing that is wrong its line
 */
export async function readConfiguration(path: string): Promise<Config> {
  const text = await textOf(path)
  if (text === '') return compileConfig(undefined)
  // A server without a configuration starts without reading YAML.
  const { parseConfiguration } = await import('./parse-configuration.ts')
  return parseConfiguration(path, text)
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return ''
    throw new DataFolderError('BadConfiguration', `${path} cannot be read: ${String(error)}`, { cause: error })
  }
}
