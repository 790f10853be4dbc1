import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
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
