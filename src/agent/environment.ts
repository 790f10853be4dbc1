import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { InstanceSpec } from '../runtime/runtime.ts'
import { instanceName } from './instance-folder.ts'

/** Where a container's programs are; last in every PATH, because `ip` and `mount` are often not on an ordinary user's. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What our own programs run with: the system's folders first; after them ours, for systems that keep their programs elsewhere. */
export function helperEnvironment(): { readonly PATH: string } {
  const own = process.env['PATH']
  return { PATH: own === undefined || own === '' ? SYSTEM_PATH : `${SYSTEM_PATH}:${own}` }
}

export interface Places {
  /** A folder of the instance's own, as the command sees it; HOME lies inside. */
  readonly scratch: string
  /** Where the command finds what is `/opt/ml` elsewhere; set only where there is no `/opt/ml` for it. */
  readonly baseDir?: string
}

/** The command's environment, built from nothing: nothing of the server's own reaches a job. */
export function jobEnvironment(spec: InstanceSpec, places: Places): Record<string, string> {
  return {
    PATH: `${dirname(spec.environment.python)}:${SYSTEM_PATH}`,
    HOME: homeFolder(places.scratch),
    LANG: 'C.UTF-8',
    // Python buffers by the block when stdout is a file: its lines would come late and out of order.
    PYTHONUNBUFFERED: '1',
    ...gpuVariables(spec.resources.gpus, existsSync(NVIDIA)),
    ...baseDirVariables(spec.variables, places.baseDir),
    TRAINYARD_INSTANCE: instanceName(spec.id),
  }
}

/** There as soon as a machine has a GPU whose driver is loaded. */
const NVIDIA = '/dev/nvidiactl'

/**
 * What makes programs see the instance's GPUs and no other; none where it has none. A job that sets them itself knows better.
 *
 * @param gpus indices of devices
 */
export function gpuVariables(gpus: readonly number[], machineHasGpus: boolean): Record<string, string> {
  if (!machineHasGpus) return {}
  const list = gpus.join(',')
  return {
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    CUDA_VISIBLE_DEVICES: list,
    NVIDIA_VISIBLE_DEVICES: list === '' ? 'none' : list,
  }
}

export function homeFolder(scratch: string): string {
  return `${scratch}/home`
}

/** Without an `/opt/ml` the platform's own variables that name it must name the instance's folder; the user's are left as they are. */
function baseDirVariables(variables: Readonly<Record<string, string>>, baseDir: string | undefined) {
  if (baseDir === undefined) return variables
  const metrics = variables['SAGEMAKER_METRICS_DIRECTORY']
  return {
    SAGEMAKER_BASE_DIR: baseDir,
    ...variables,
    ...(metrics?.startsWith('/opt/ml/')
      ? { SAGEMAKER_METRICS_DIRECTORY: metrics.replace('/opt/ml', () => baseDir) }
      : {}),
  }
}

/**
 * Names that a shell keeps for itself: setting them in one fails or is not what the job asked for. They reach the job through env's arguments, which
 * other users of the machine can see for a moment; everything else, credentials above all, through a file.
 */
const SHELL_NAMES =
  /^(_|BASH.*|COLUMNS|COMP_.*|DIRSTACK|EPOCH.*|EUID|FUNC.*|GROUPS|HIST.*|HOSTTYPE|IFS|LINENO|LINES|MACHTYPE|OLDPWD|OPTARG|OPTERR|OPTIND|OSTYPE|PIPESTATUS|POSIX.*|PPID|PS[0-4]|PWD|RANDOM|READLINE_.*|SECONDS|SHELL|SHELLOPTS|SHLVL|SRANDOM|UID)$/

/** An environment for `start.sh`: a file of sh that exports it, and arguments for `env`. */
export function encodeEnvironment(variables: Readonly<Record<string, string>>): {
  readonly script: string
  readonly args: readonly string[]
} {
  const entries = Object.entries(variables)
  const script = entries
    .filter(([name]) => !SHELL_NAMES.test(name))
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
  const args = entries.filter(([name]) => SHELL_NAMES.test(name)).map(([name, value]) => `${name}=${value}`)
  return { script: script.join(''), args }
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`
}
