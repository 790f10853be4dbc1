import assert from 'node:assert/strict'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { LauncherJob, needs, packageFiles, tarball, type JobFiles } from './launcher-fixture.ts'

const PIP = needs('pip', ['python3', '-m', 'pip', '--version'])
const HELLO = 'import util\nprint(util.WORD)\n'
const UTIL = 'WORD = "hello from util"\n'
const CODE = [
  ['train.py', HELLO],
  ['util.py', UTIL],
] as const

async function run(files: JobFiles) {
  await using job = await LauncherJob.make(files)
  return await job.run()
}

test('code is taken from an archive in the channel named code', async () => {
  const ended = await run({
    hyperparameters: {
      sagemaker_program: 'train.py',
      sagemaker_submit_directory: '"/opt/ml/input/data/code/sourcedir.tar.gz"',
    },
    channels: { code: { 'sourcedir.tar.gz': await tarball(CODE) } },
  })
  assert.equal(ended.code, 0, ended.stderr)
  assert.match(ended.stdout, /hello from util/)
})

test('without a submit directory the channel named code is enough, as an archive or as files', async () => {
  const hyperparameters = { sagemaker_program: 'train.py' }
  const archive = await run({ hyperparameters, channels: { code: { 'sourcedir.tar.gz': await tarball(CODE) } } })
  const files = await run({ hyperparameters, channels: { code: { 'train.py': HELLO, 'util.py': UTIL } } })
  assert.match(archive.stdout, /hello from util/, archive.stderr)
  assert.match(files.stdout, /hello from util/, files.stderr)
})

test('a package is installed and run as a module, in an environment of the job’s own', PIP, async () => {
  const module = 'import sys\nprint(__name__, sys.argv[1:], sys.prefix != sys.base_prefix)\n'
  const ended = await run({
    hyperparameters: { sagemaker_program: 'mynet.py', epochs: '1' },
    code: packageFiles('mynet', module),
  })
  assert.equal(ended.code, 0, ended.stderr + ended.stdout)
  assert.match(ended.stdout, /\n__main__ \['--epochs', '1'\] True\n$/)
})

test('a shell script is run as it is, also beside a setup.py', async () => {
  const ended = await run({
    hyperparameters: { sagemaker_program: 'train.sh' },
    code: { 'setup.py': '', 'train.sh': 'echo from the shell\n' },
  })
  assert.equal(ended.code, 0, ended.stderr)
  assert.match(ended.stdout, /\nfrom the shell\n$/)
})

test('requirements are installed for the job alone', PIP, async () => {
  const wanted = Object.entries(packageFiles('wanted', 'WORD = "it"\n')).map(([path, text]) => [`wanted/${path}`, text])
  const train = 'import pip, wanted\nprint("found", wanted.WORD)\n'
  const ended = await run({
    hyperparameters: { sagemaker_program: 'train.py' },
    code: { 'train.py': train, 'requirements.txt': './wanted\n', ...Object.fromEntries(wanted) },
  })
  assert.equal(ended.code, 0, ended.stderr + ended.stdout)
  assert.match(ended.stdout, /\nfound it\n$/)
})

test('requirements that cannot be installed fail the job with the words of pip', PIP, async () => {
  const ended = await run({
    hyperparameters: { sagemaker_program: 'train.py' },
    code: { 'train.py': 'print("never")\n', 'requirements.txt': './there-is-no-such-folder\n' },
  })
  assert.equal(ended.code, 1)
  assert.match(
    ended.failure ?? '',
    /^InstallRequirementsError:\nExitCode \d+\nErrorMessage "[^]*there-is-no-such-folder/,
  )
  assert.match(ended.failure ?? '', /Command "\S*python\S* -m pip install -r requirements\.txt"$/)
  assert.match(ended.stdout, /there-is-no-such-folder/)
  assert.equal(ended.stdout.includes('never'), false)
})

test('a program that is not in the code fails the job with what is there', async () => {
  const ended = await run({
    hyperparameters: { sagemaker_program: 'main.py' },
    code: { 'train.py': '', 'util.py': '' },
  })
  assert.equal(ended.code, 1)
  assert.equal(
    ended.failure,
    'sagemaker_program: there is no main.py in the code folder, which holds: train.py, util.py.',
  )
})

test('a program outside of the code folder is refused', async () => {
  for (const program of ['../input/config/resourceconfig.json', '/etc/passwd', '-c', 'link.py']) {
    await using job = await LauncherJob.make({
      hyperparameters: { sagemaker_program: program },
      code: { 'train.py': '' },
    })
    await symlink('/etc/passwd', join(job.base, 'code/link.py'))
    const ended = await job.run()
    assert.equal(ended.code, 1)
    assert.match(ended.failure ?? '', /is not a path inside of the code folder\.$/)
  }
})

test('an archive with a member that lies or points outside is refused', async () => {
  const bad = [
    [['../evil.py', 'x']],
    [['a/../../evil.py', 'x']],
    [['/tmp/evil.py', 'x']],
    [['link', { type: 'symlink', linkname: '/etc' }]],
    [['link', { type: 'symlink', linkname: '../../input' }]],
    [
      ['a', { type: 'directory' }],
      ['a/up', { type: 'symlink', linkname: '../..' }],
    ],
    [['pipe', { type: 'fifo' }]],
    [['device', { type: 'character-device' }]],
  ] as const
  for (const members of bad) {
    const ended = await run({
      hyperparameters: { sagemaker_program: 'train.py' },
      channels: { code: { 'sourcedir.tar.gz': await tarball([['train.py', 'print("never")\n'], ...members]) } },
    })
    assert.equal(ended.code, 1)
    assert.match(ended.failure ?? '', /^The code archive has a /, JSON.stringify(members))
    assert.equal(ended.stdout, '')
  }
})

test('an archive may have folders and links inside of itself', async () => {
  const members = [
    ['./', { type: 'directory' }],
    ['./lib/', { type: 'directory' }],
    ['./lib/util.py', UTIL],
    ['./train.py', HELLO],
    ['./util.py', { type: 'symlink', linkname: 'lib/util.py' }],
    ['./again.py', { type: 'link', linkname: './train.py' }],
  ] as const
  const channels = { code: { 'sourcedir.tar.gz': await tarball(members) } }
  for (const program of ['train.py', 'again.py']) {
    const ended = await run({ hyperparameters: { sagemaker_program: program }, channels })
    assert.equal(ended.code, 0, ended.stderr)
    assert.match(ended.stdout, /hello from util/)
  }
})

test('a broken archive, and a submit directory that is not there, are said plainly', async () => {
  const broken = await run({
    hyperparameters: { sagemaker_program: 'train.py' },
    channels: { code: { 'sourcedir.tar.gz': (await tarball(CODE)).subarray(0, 100) } },
  })
  const missing = await run({
    hyperparameters: { sagemaker_program: 'train.py', sagemaker_submit_directory: '/opt/ml/input/data/nothing' },
  })
  assert.equal(broken.code, 1)
  assert.match(broken.failure ?? '', /sourcedir\.tar\.gz cannot be unpacked: /)
  assert.equal(missing.code, 1)
  assert.match(missing.failure ?? '', /input\/data\/nothing is neither a folder nor an archive\.$/)
})
