import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { pack } from './npm-package.ts'

const DOCKERFILE = readFileSync(join(import.meta.dirname, '../../packaging/Dockerfile'), 'utf8')
const PORT = '8484'

let folder: string
let environment: NodeJS.ProcessEnv

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-image-'))
  const prefix = join(folder, 'prefix')
  await mkdir(prefix)
  environment = {
    HOME: folder,
    PATH: [join(prefix, 'bin'), dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    TRAINYARD_DATA: join(folder, 'data'),
    npm_config_prefix: prefix,
    npm_config_cache: join(folder, 'empty-cache'),
  }
  const tarball = await pack(folder)
  const [, install = ''] = /^RUN (npm install [^/]*) \/tmp\/trainyard-\*\.tgz/m.exec(DOCKERFILE) ?? []
  await promisify(execFile)('sh', ['-euc', `${install} "$1"`, 'sh', tarball], { cwd: folder, env: environment })
})
after(() => rm(folder, { recursive: true, force: true }))

test('what an image is made with and starts works: the package alone, its server, and a health check that tells', async () => {
  const [program = '', ...args] = instruction('CMD')
  const port = ['--port', '0']
  const server = spawn(program, [...args, ...port], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(server, 'exit')
  try {
    const url = await listening(server.stdout)
    // Jobs can be run once their agent answers; Docker too asks again.
    while ((await healthCheck(url.port)) !== 0) assert.equal(server.exitCode, null)
  } finally {
    server.kill('SIGTERM')
  }
  assert.deepEqual(await ended, [0, null])
  // Port 1 of loopback: nobody listens there.
  assert.equal(await healthCheck('1'), 1)
})

/** @returns the exit code of the image's health check, asked of another port than the image's */
async function healthCheck(port: string): Promise<unknown> {
  const [program = '', ...args] = instruction('HEALTHCHECK CMD')
  assert.ok(args.some((argument) => argument.includes(`:${PORT}/-/health`)))
  const asked = args.map((argument) => argument.replace(`:${PORT}/`, `:${port}/`))
  const [code] = await once(spawn(program, asked, { env: environment, stdio: 'inherit' }), 'exit')
  return code
}

/** The words of an instruction in its form without a shell. */
function instruction(name: string): string[] {
  const [, words = ''] = new RegExp(`^${name} (\\[.*\\])$`, 'm').exec(DOCKERFILE) ?? []
  return JSON.parse(words) as string[]
}

async function listening(output: NodeJS.ReadableStream): Promise<URL> {
  for await (const line of createInterface({ input: output })) {
    const { url } = JSON.parse(line) as { readonly url?: string }
    if (url !== undefined) return new URL(url)
  }
  throw new Error('The server ended before it listened.')
}
