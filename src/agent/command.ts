import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { InstanceSpec } from '../runtime/runtime.ts'

/** Where the script-mode launcher lies in an instance's scratch folder. */
export const LAUNCHER_FOLDER = 'trainyard'

/**
 * What is run: the request's command, else the environment's `train` (behaviour 3.1): that of the PyPI package `sagemaker-training` where it is
 * installed, else our script-mode launcher.
 *
 * @param scratch the instance's scratch folder as the command sees it; the launcher lies there
 */
export function commandToRun({ command, environment }: InstanceSpec, scratch: string): readonly string[] {
  if (command !== undefined) return command
  const train = join(dirname(environment.python), 'train')
  if (hasTrainingToolkit(environment.python) && existsSync(train)) return [train]
  return [environment.python, join(scratch, LAUNCHER_FOLDER, 'launcher.py')]
}

/** Looked for by its files: starting a python to ask would cost more than all the rest of a start. */
function hasTrainingToolkit(python: string): boolean {
  const libraries = join(dirname(dirname(python)), 'lib')
  return entries(libraries)
    .filter((name) => name.startsWith('python'))
    .flatMap((name) => [join(libraries, name, 'site-packages'), join(libraries, name, 'dist-packages')])
    .some((packages) => existsSync(join(packages, 'sagemaker_training')))
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
