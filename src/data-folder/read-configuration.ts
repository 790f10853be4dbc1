import { readFile } from 'node:fs/promises'
import { parse, YAMLParseError } from 'yaml'
import { compileConfig, ConfigError, type Config } from '../config/config.ts'
import { DataFolderError } from './data-folder-error.ts'

/** Reads `trainyard.yaml`; a missing file is an empty one. @throws DataFolderError naming the file, the line or the member */
export async function readConfiguration(path: string): Promise<Config> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  try {
    return compileConfig(parse(text))
  } catch (error) {
    if (!(error instanceof YAMLParseError) && !(error instanceof ConfigError)) throw error
    throw new DataFolderError('BadConfiguration', `${path}: ${error.message}`, { cause: error })
  }
}
