import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import { needsMounts, onSmallDisk } from '../support/small-disk.ts'
import { nodeAsAUser } from './as-a-user.ts'
import { PROGRAM, serve, trainyard } from './program.ts'
import { temporaryFolder } from './temporary-folder.ts'

interface Finding {
  readonly group: string
  readonly name: string
  readonly had: boolean
  readonly required: boolean
  readonly detail: string
  readonly why?: string
  readonly cure?: string
}

interface Report {
  readonly canRunJobs: boolean
  readonly findings: readonly Finding[]
}

/** A python that every user of the machine may run. */
const SYSTEM = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', VIRTUAL_ENV: '', CONDA_PREFIX: '' }

function parse(stdout: string): Report {
  return JSON.parse(stdout) as Report
}

function find({ findings }: Report, name: string): Finding {
  const found = findings.find((finding) => finding.name === name)
  assert.ok(found, name)
  return found
}

test('Doctor looks at everything a server makes use of, and leaves nothing behind', async (t) => {
  const folder = temporaryFolder(t)
  const data = join(folder, 'not/yet/made')
  const { code, stdout } = await trainyard(['doctor', '--json', '--data', data], { env: SYSTEM })
  const report = parse(stdout)
  assert.equal(code, 0, stdout)
  assert.equal(report.canRunJobs, true)
  const names = [
    'platform',
    'node',
    'port',
    'clock',
    'bubblewrap',
    'unshare',
    '/opt/ml',
    'overlay',
    'ip',
    'job network',
  ]
  const more = ['slirp4netns', 'local disk', 'disk space', 'sync', 'reflink', 'local/python', 'cgroups', 'fleet']
  for (const name of [...names, ...more, 'GPUs', 'Docker', 'Slurm']) {
    const { had, why, detail } = find(report, name)
    assert.notEqual(detail, '', name)
    assert.equal(why === undefined, had, name)
  }
  assert.equal(find(report, 'bubblewrap').had, true)
  assert.deepEqual(readdirSync(folder), [])
})

test('Doctor says in words what is missing, why it matters and what gets it', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'trainyard.yaml'), 'environments:\n  torch:\n    python: /not/there/python\n')
  const { code, stdout } = await trainyard(['doctor', '--data', folder], { env: SYSTEM })
  assert.equal(code, 0, stdout)
  assert.match(stdout, /– torch +\/not\/there\/python does not exist/)
  assert.match(stdout, /Jobs whose image stands for torch are refused\./)
  assert.match(stdout, /A server can run jobs here\. Start it with: \S*trainyard serve --data/)
  assert.deepEqual(readdirSync(folder), ['trainyard.yaml'])
})

test('Doctor says where the server of the folder listens, if one runs', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const { url } = await serve(t, data, {}, '--runtime', 'simulated')
  const { stdout } = await trainyard(['doctor', '--data', data], { env: SYSTEM })
  assert.match(stdout, new RegExp(`A server can run jobs here\\. One runs already, on ${url}`))
})

test('Doctor says what the jobs of a server share', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'trainyard.yaml'), 'fleet: { cpus: 1.5, memory: 1GiB, gpus: 2, policy: fit }\n')
  const { stdout } = await trainyard(['doctor', '--json', '--data', folder], { env: SYSTEM })
  assert.match(find(parse(stdout), 'fleet').detail, /^1\.5 processors, 1 GiB of memory, GPUs \d, \d; policy fit$/)
})

test('Doctor ends with an error where no python can be had, and names it', async (t) => {
  const folder = temporaryFolder(t)
  const programs = join(folder, 'bin')
  mkdirSync(programs)
  symlinkSync('/bin/sh', join(programs, 'sh'))
  const env = { ...SYSTEM, PATH: programs }
  const { code, stdout } = await trainyard(['doctor', '--data', join(folder, 'data')], { env })
  assert.equal(code, EXIT_CODES.error.code)
  assert.match(stdout, /✗ local\/python +there is no python on the path/)
  assert.match(stdout, /A server cannot run jobs here\. It needs: local\/python\./)
})

test('Doctor ends with an error for a configuration that no server starts with', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'trainyard.yaml'), 'regoin: us-east-1\n')
  const { code, stdout } = await trainyard(['doctor', '--json', '--data', folder], { env: SYSTEM })
  assert.equal(code, EXIT_CODES.error.code)
  const { had, required, detail } = find(parse(stdout), 'configuration')
  assert.deepEqual({ had, required }, { had: false, required: true })
  assert.match(detail, /regoin: is not a setting/)
})

test('Doctor finds a full disk where nothing can be tried on it', needsMounts(), async () => {
  const said = await onSmallDisk(
    'size=200k',
    `import { spawnSync } from 'node:child_process'
    import { writeFileSync } from 'node:fs'
    const [path] = process.argv.slice(1)
    // All but a page or two.
    try { writeFileSync(path + '/fill', Buffer.alloc(190 * 1024)) } catch {}
    const args = [${JSON.stringify(PROGRAM)}, 'doctor', '--json', '--data', path + '/data']
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', env: ${JSON.stringify(SYSTEM)} })
    console.log(JSON.stringify([status, JSON.parse(stdout).findings.find(({ name }) => name === 'disk space')]))`,
  )
  const [status, { had, required, detail }] = said as [number, Finding]
  assert.deepEqual([status, had, required], [EXIT_CODES.error.code, false, true])
  assert.match(detail, /^only [\d.]+ k?B free$/)
})

test('Doctor ends with an error where the user may not write the data folder', (t) => {
  const closed = join(temporaryFolder(t), 'closed')
  mkdirSync(closed, { mode: 0o500 })
  const { code } = nodeAsAUser([PROGRAM, 'doctor', '--data', join(closed, 'data')])
  assert.equal(code, EXIT_CODES.error.code)
  assert.ok(!existsSync(join(closed, 'data')))
})

test('A program is not installed also where a folder of the path is closed to the user', (t) => {
  const closed = join(temporaryFolder(t), 'closed')
  mkdirSync(closed, { mode: 0 })
  const module = join(import.meta.dirname, '../../src/cli/doctor/try-program.ts')
  const script = `process.env.PATH = '${closed}'
    const { tryProgram } = await import('${module}')
    console.error((await tryProgram('no-such-program')).reason)`
  const { stderr } = nodeAsAUser(['--input-type=module', '--eval', script])
  assert.equal(stderr, 'no-such-program is not installed\n')
})
