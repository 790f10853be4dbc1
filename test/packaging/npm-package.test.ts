import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { clientsOf, ended, linesOf, submit } from '../e2e/clients.ts'
import { removeDataFolder } from '../support/remove-data-folder.ts'
import { InstalledPackage, pack } from './npm-package.ts'

const ROOT = join(import.meta.dirname, '../..')
const SCRIPT = `
import os
print('epochs', os.environ['SM_HP_EPOCHS'])
open(os.path.join(os.environ['SM_MODEL_DIR'], 'weights'), 'w').write('w')
`

let folder: string
let installed: InstalledPackage

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-package-'))
  installed = await InstalledPackage.install(join(folder, 'empty'), await pack(folder))
})
after(() => rm(folder, { recursive: true, force: true }))

test('the tarball installs itself and nothing else', async () => {
  const modules = join(installed.folder, 'node_modules')
  assert.deepEqual(
    (await readdir(modules)).filter((name) => !name.startsWith('.')),
    ['trainyard'],
  )
  assert.ok(!existsSync(join(installed.root, 'node_modules')))
})

test('trainyard/testing says which Node it needs to one that is older', async () => {
  const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.9.0' } })`
  const flags = ['--import', `data:text/javascript,${encodeURIComponent(older)}`, '--input-type=module']
  const running = promisify(execFile)(process.execPath, [...flags, '-e', `await import('trainyard/testing')`], {
    cwd: installed.folder,
  })
  await assert.rejects(running, { stderr: /trainyard\/testing needs Node 24 or later; this is 22\.9\.0\./ })
})

test('a server from the tarball runs a job, finds its metrics, and ends with Ctrl-C', async () => {
  const data = join(folder, 'data')
  const { url, stop } = await installed.serve(data)
  try {
    const clients = await clientsOf(data, url)
    const name = await submit(clients, 'echo loss=0.25', {
      AlgorithmSpecification: {
        TrainingImage: 'local/python',
        TrainingInputMode: 'File',
        ContainerEntrypoint: ['sh', '-c', 'echo loss=0.25'],
        MetricDefinitions: [{ Name: 'loss', Regex: 'loss=([0-9.]+)' }],
      },
    })
    const job = await ended(clients, name)
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    assert.deepEqual(await linesOf(clients, name), ['loss=0.25'])
    assert.deepEqual(
      job.FinalMetricDataList?.map(({ Value }) => Value),
      [0.25],
    )
    writeFileSync(join(folder, 'train.py'), SCRIPT)
    const shown = await installed.npx(
      ...['run', join(folder, 'train.py'), '--hp', 'epochs=3', '--data', data, '--output', join(folder, 'result')],
    )
    assert.match(shown, /^.*epochs 3$/m)
    assert.ok(existsSync(join(folder, 'result/model.tar.gz')), shown)
  } finally {
    assert.equal((await stop()).at(-1), 'stopped')
    await removeDataFolder(data)
  }
})

test('a program of somebody’s tests starts a server with virtual time from the package', async () => {
  const program = `
    import { startTrainyard } from 'trainyard/testing'
    await using server = await startTrainyard({ seed: 's', plans: { week: 'run 7d' } })
    await server.advance('1d')
    console.log(server.now().toISOString(), server.bucket, await server.runUntilIdle())
  `
  writeFileSync(join(installed.folder, 'program.mjs'), program)
  const run = () => promisify(execFile)(process.execPath, ['program.mjs'], { cwd: installed.folder })
  const { stdout } = await run()
  assert.match(stdout, /^2026-01-02T00:00:00\.000Z sagemaker-us-east-1-\d{12} true\n$/)
  assert.equal((await run()).stdout, stdout)
})

test('the example for node:test takes a pipeline through every ending, with the package and the AWS SDK', async () => {
  const example = join(installed.folder, 'endings')
  await cp(join(installed.root, 'examples/endings/node'), example, { recursive: true })
  await mkdir(join(example, 'node_modules/@aws-sdk'), { recursive: true })
  const sdk = '@aws-sdk/client-sagemaker'
  await symlink(join(ROOT, 'node_modules', sdk), join(example, 'node_modules', sdk))
  // What this test runner tells its own programs is not for that of the example.
  const { NODE_TEST_CONTEXT: _ours, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, ['--test', 'pipeline.test.mjs'], { cwd: example, env })
  assert.match(stdout, /^(?:# |ℹ )pass 11$/m)
})

test('the types of trainyard/testing stand alone and are those of the program', async () => {
  const program = `
    import { startTrainyard, type TestingServer } from 'trainyard/testing'
    const server: TestingServer = await startTrainyard({ startTime: new Date(0) })
    const moved: Promise<void> = server.advance('5d')
    // @ts-expect-error it takes a duration
    await server.advance({})
    export { moved }
  `
  writeFileSync(join(installed.folder, 'typed.mts'), program)
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,esnext.disposable',
    '--types',
    '',
  ]
  const compiler = join(ROOT, 'node_modules/.bin/tsc')
  await promisify(execFile)(process.execPath, [compiler, ...options, 'typed.mts'], { cwd: installed.folder })
})

test('the package has its licence, its notice and the licences of all that is in the bundle', () => {
  for (const file of ['LICENSE', 'NOTICE', 'README.md', 'CHANGELOG.md', 'SECURITY.md'])
    assert.equal(readFileSync(join(installed.root, file), 'utf8'), readFileSync(join(ROOT, file), 'utf8'))
  const notices = readFileSync(join(installed.root, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8')
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>
  }
  const used = globSync('src/**/*.ts', { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/ from '([^.'][^']*)'/g)].map(([, name = '']) => name),
  )
  const packages = new Set(used.filter((name) => !name.startsWith('node:') && name in devDependencies))
  assert.ok(packages.size >= 6, [...packages].join())
  // Types alone leave nothing in the bundle.
  packages.delete('@types/node')
  for (const name of packages) assert.match(notices, new RegExp(`^${name} ${devDependencies[name]} \\(`, 'm'))
})

test('every file that is read beside the code is in the package', () => {
  const beside = globSync('src/**/*', { cwd: ROOT, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.endsWith('.ts') && !entry.parentPath.includes('__pycache__'),
  )
  assert.ok(beside.length > 10)
  for (const { parentPath, name } of beside) {
    const file = join(parentPath, name).replace(join(ROOT, 'src'), join(installed.root, 'dist'))
    assert.ok(existsSync(file), file)
  }
})

test('no dependency runs a program when it is installed, but esbuild, which looks at itself', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>
  }
  const withScript = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript)
  assert.deepEqual(
    withScript.map(([path]) => path),
    ['node_modules/esbuild'],
  )
})
