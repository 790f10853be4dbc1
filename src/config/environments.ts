import { execFileSync } from 'node:child_process'
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Config } from './config.ts'

/** What stands in the place of an image. */
interface NamedPython {
  readonly name: string
  readonly python: string
}

export const LOCAL_PYTHON = 'local/python'

/**
 * AWS's own training images, mapped from the start so that code which names them runs unchanged. Their registries' account numbers differ from region to
 * region, so only the repository names are looked at.
 */
const BUILT_IN_IMAGES: readonly string[] = [
  '*.dkr.ecr.*/pytorch-training*',
  '*.dkr.ecr.*/tensorflow-training*',
  '*.dkr.ecr.*/mxnet-training*',
  '*.dkr.ecr.*/huggingface-*-training*',
  '*.dkr.ecr.*/sagemaker-scikit-learn*',
  '*.dkr.ecr.*/sagemaker-base-python*',
  'public.ecr.aws/*/pytorch-training*',
]

/** Resolves images to environments of this machine (the configuration's `environments:` and `images:`). */
export class Environments {
  readonly #config: Config
  readonly #shell: Readonly<Record<string, string | undefined>>
  #localPython: string | undefined

  /** @param shell environment variables of the shell that started the server */
  constructor(config: Config, shell: Readonly<Record<string, string | undefined>>) {
    this.#config = config
    this.#shell = shell
  }

  /** @returns undefined for an image that nothing stands for */
  resolve(image: string): NamedPython | undefined {
    const name = this.#nameFor(image)
    if (name === undefined) return undefined
    const configured = this.#config.environments[name]
    if (configured) return { name, python: configured.python }
    if (name !== LOCAL_PYTHON) return undefined
    const python = (this.#localPython ??= shellPython(this.#shell))
    return python === undefined ? undefined : { name, python }
  }

  /** Every environment by its name, with its interpreter; `local/python` is absent where there is no python. */
  pythons(): Readonly<Record<string, string>> {
    const names = [LOCAL_PYTHON, ...Object.keys(this.#config.environments)]
    const found = names.map((name) => this.resolve(name)).filter((environment) => environment !== undefined)
    return Object.fromEntries(found.map(({ name, python }) => [name, python]))
  }

  #nameFor(image: string): string | undefined {
    if (image === LOCAL_PYTHON || Object.hasOwn(this.#config.environments, image)) return image
    const configured = Object.entries(this.#config.images).find(([pattern]) => matches(pattern, image))
    if (configured) return configured[1]
    return BUILT_IN_IMAGES.some((pattern) => matches(pattern, image)) ? LOCAL_PYTHON : undefined
  }
}

/** `*` stands for any text; everything else for itself. */
function matches(pattern: string, image: string): boolean {
  const parts = pattern.split('*')
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (parts.length === 1) return pattern === image
  if (!image.startsWith(first) || !image.endsWith(last) || image.length < first.length + last.length) return false
  let position = first.length
  for (const part of parts.slice(1, -1)) {
    const found = image.indexOf(part, position)
    if (found < 0 || found + part.length > image.length - last.length) return false
    position = found + part.length
  }
  return true
}

/** The python that a person at this shell would get: the active virtual or conda environment's, else the first on PATH. */
export function shellPython(shell: Readonly<Record<string, string | undefined>>): string | undefined {
  const active = [shell['VIRTUAL_ENV'], shell['CONDA_PREFIX']].filter((prefix) => prefix !== undefined && prefix !== '')
  const folders = [
    ...active.map((prefix) => join(prefix ?? '', 'bin')),
    ...(shell['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/')),
  ]
  for (const name of ['python3', 'python']) {
    for (const candidate of folders.map((folder) => join(folder, name)).filter(isProgram)) {
      const python = behindShim(candidate)
      if (python !== undefined) return python
    }
  }
  return undefined
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/**
 * Version managers put a script in python's place; the interpreter itself says where it is. A real one is taken by its own path, which a virtual
 * environment needs.
 *
 * @returns undefined for a script behind which there is none, such as the shim of a version that is not installed
 */
function behindShim(path: string): string | undefined {
  if (!startsWithHashBang(path)) return path
  try {
    const asked = ['-c', 'import sys; print(sys.executable)']
    const python = execFileSync(path, asked, { encoding: 'utf8', timeout: 10_000, stdio: ['ignore', 'pipe', 'ignore'] })
    return python.startsWith('/') ? python.trim() : undefined
  } catch {
    return undefined
  }
}

function startsWithHashBang(path: string): boolean {
  const descriptor = openSync(path, 'r')
  try {
    const start = Buffer.alloc(2)
    readSync(descriptor, start, 0, 2, 0)
    return start.toString('latin1') === '#!'
  } finally {
    closeSync(descriptor)
  }
}
