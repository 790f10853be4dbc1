import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** The sets of real Python clients, and what jobs of theirs run in; each is a file in `test/clients/requirements`. */
export const CLIENT_VENVS = ['aws', 'sagemaker-v2', 'sagemaker-v3', 'sagemaker-training'] as const
export type ClientVenv = (typeof CLIENT_VENVS)[number]

const ROOT = join(import.meta.dirname, '..')
const CACHE = join(ROOT, '.cache', 'venvs')
/** Written last: a folder without it was left half-made. */
const COMPLETE = 'complete'
const PYTHONS = ['python3', 'python3.13', 'python3.12', 'python3.11', '/usr/bin/python3'] as const
/** The user of jobs cannot read a python below somebody's home. */
const JOB_PYTHONS = ['/usr/bin/python3', '/usr/local/bin/python3', 'python3'] as const
const HAS_VERSION = 'import sys; sys.exit(sys.version_info < (3, 11))'

const run = promisify(execFile)

export class ClientVenvError extends Error {
  override readonly name = 'ClientVenvError'
}

/**
 * The virtual environment of these clients, made if it is not there: kept between runs below `.cache`, a new one for every change of the requirements.
 *
 * @returns its absolute path
 * @throws ClientVenvError where no python can make one, or PyPI cannot be reached
 */
export function clientVenv(name: ClientVenv, report?: (text: string) => void): Promise<string> {
  const requirements = join(ROOT, 'test', 'clients', 'requirements', `${name}.txt`)
  return venv({ name, requirements, pythons: name === 'sagemaker-training' ? JOB_PYTHONS : PYTHONS }, report)
}

/** The same for the server of moto, beside which ours is measured. */
export function motoVenv(): Promise<string> {
  return venv({ name: 'moto', requirements: join(ROOT, 'bench', 'requirements', 'moto.txt'), pythons: PYTHONS })
}

interface VenvPlan {
  readonly name: string
  /** Absolute path. */
  readonly requirements: string
  /** In order of preference. */
  readonly pythons: readonly string[]
}

async function venv({ name, requirements, pythons }: VenvPlan, report: (text: string) => void = () => {}) {
  const folder = join(CACHE, `${name}-${hash('sha256', await readFile(requirements)).slice(0, 12)}`)
  if (existsSync(join(folder, COMPLETE))) return folder
  report(`${name}: making a virtual environment from PyPI (once)`)
  await rm(folder, { recursive: true, force: true })
  await makeVenv(folder, pythons)
  await install(folder, requirements)
  await writeFile(join(folder, COMPLETE), '')
  return folder
}

async function makeVenv(folder: string, pythons: readonly string[]): Promise<void> {
  await mkdir(CACHE, { recursive: true })
  const problems: string[] = []
  for (const python of pythons) {
    for (const make of [withVenv, withVirtualenv]) {
      try {
        return await make(python, folder)
      } catch (error) {
        problems.push(`${python}: ${reasonOf(error)}`)
        await rm(folder, { recursive: true, force: true })
      }
    }
  }
  throw new ClientVenvError(
    'No python here can make a virtual environment. Python 3.11 or later is needed, with venv and ensurepip (on Debian and Ubuntu: ' +
      `apt-get install python3-venv) or with pip.\n${problems.join('\n')}`,
  )
}

async function withVenv(python: string, folder: string): Promise<void> {
  await run(python, ['-c', HAS_VERSION])
  await run(python, ['-m', 'venv', folder])
}

/** Debian's python has no ensurepip unless python3-venv is installed; the package virtualenv brings what it needs. */
async function withVirtualenv(python: string, folder: string): Promise<void> {
  const tool = `${folder}-virtualenv`
  await run(python, ['-c', HAS_VERSION])
  try {
    await run(python, ['-m', 'pip', 'install', '--quiet', '--target', tool, 'virtualenv'])
    await run(python, ['-m', 'virtualenv', '--quiet', folder], { env: { ...process.env, PYTHONPATH: tool } })
  } finally {
    await rm(tool, { recursive: true, force: true })
  }
}

async function install(folder: string, requirements: string): Promise<void> {
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]
  try {
    await run(join(folder, 'bin', 'python'), pip, { maxBuffer: 2 ** 26 })
  } catch (error) {
    throw new ClientVenvError(`The packages of ${requirements} cannot be installed: ${reasonOf(error)}`, {
      cause: error,
    })
  }
}

/** The last words of a program that failed, else of the error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const stderr = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim() : ''
  return (stderr || error.message).split('\n').slice(-5).join('\n')
}
