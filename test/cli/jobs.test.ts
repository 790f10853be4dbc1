import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { systemContext } from '../../src/cli/cli-context.ts'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import { choosePython } from '../../examples/digits/demo/choose-python.ts'
import { ended, serve, start, trainyard, type Ended } from './program.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A shell whose python jobs can read, also when the tests run as root. */
let shell: Readonly<Record<string, string>>

before(async () => {
  const { python } = await choosePython(systemContext())
  shell = { PATH: `${dirname(python)}:${process.env['PATH'] ?? ''}`, VIRTUAL_ENV: '', CONDA_PREFIX: '' }
})

const LEARNS = `
import json, os, sys
with open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "numbers.txt")) as file:
    total = sum(map(int, file))
print("loss=%d epochs=%s word=%s mine=%s" % (total, sys.argv[sys.argv.index("--epochs") + 1], sys.argv[-1], os.environ["MINE"]))
with open(os.path.join(os.environ["SM_MODEL_DIR"], "model.json"), "w") as file:
    json.dump(total, file)
`
const FAILS = 'import sys\nsys.exit("no luck today")'
const WAITS = `
import os, signal, sys, time
def save(*_):
    open(os.path.join(os.environ["SM_MODEL_DIR"], "saved"), "w").close()
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("waiting", flush=True)
while True: time.sleep(0.05)
`

interface Workshop {
  readonly folder: string
  readonly data: string
  readonly run: (...args: readonly string[]) => Promise<Ended>
}

function workshop(t: TestContext): Workshop {
  const folder = temporaryFolder(t)
  const data = join(folder, 'data')
  mkdirSync(join(folder, 'numbers'))
  writeFileSync(join(folder, 'numbers/numbers.txt'), '1\n2\n3\n')
  for (const [name, text] of Object.entries({ 'learns.py': LEARNS, 'fails.py': FAILS, 'waits.py': WAITS }))
    writeFileSync(join(folder, name), text)
  return { folder, data, run: (...args) => trainyard([...args, '--data', data], { env: shell, cwd: folder }) }
}

test('run brings data and script to a server of its own, and the model back; fetch does so again without a server', async (t) => {
  const { folder, run } = workshop(t)
  const result = await run(
    ...[
      'run',
      'learns.py',
      '--input',
      'train=numbers',
      '--hp',
      'epochs=3',
      '--hp',
      'word=two words',
      '--env',
      'MINE=yes',
    ],
    ...['--name', 'learned', '--output', 'result'],
  )
  assert.equal(result.code, 0, result.stderr)
  assert.match(result.stdout, /│ loss=6 epochs=3 word=two words mine=yes/)
  assert.match(
    result.stdout,
    /Starting .*\n(.*\n)*.*Downloading .*\n(.*\n)*.*Training .*\n(.*\n)*.*Uploading .*\n(.*\n)*.*Completed/,
  )
  assert.match(result.stdout, /^STATUS +BEGAN +TOOK +MESSAGE$/m)
  assert.deepEqual(readdirSync(join(folder, 'result')), ['model.tar.gz'])
  const fetched = await run('fetch', 'learned', 'again', '--extract')
  assert.equal(fetched.code, 0, fetched.stderr)
  assert.equal(readFileSync(join(folder, 'again/model/model.json'), 'utf8'), '6')
})

test('A job that fails ends with its own exit code and tells the reason; there is nothing to fetch', async (t) => {
  const { folder, run } = workshop(t)
  const { code, stdout } = await run('run', 'fails.py', '--name', 'unlucky')
  assert.equal(code, EXIT_CODES.failed.code)
  assert.match(stdout, /Failure reason\n {2}AlgorithmError: .*no luck today.*exit code: 1/s)
  assert.ok(!readdirSync(folder).includes('unlucky'))
  const fetched = await run('fetch', 'unlucky')
  assert.equal(fetched.code, EXIT_CODES.error.code)
  assert.match(fetched.stderr, /no model\.tar\.gz .*:\nit left nothing in \/opt\/ml\/model \(SM_MODEL_DIR\)/)
})

test('A job that runs too long ends with the exit code of MaxRuntimeExceeded', async (t) => {
  const { run } = workshop(t)
  const { code, stdout } = await run('run', 'waits.py', '--max-runtime', '1s')
  assert.equal(code, EXIT_CODES.maxRuntime.code)
  assert.match(stdout, /MaxRuntimeExceeded/)
})

test('Ctrl-C stops the job of a server that run has started, and what it saved is brought back', async (t) => {
  const { folder, data } = workshop(t)
  const args = ['run', 'waits.py', '--name', 'stopped', '--json', '--data', data]
  const child = start(args, { env: shell, cwd: folder })
  const lines = createInterface(child.stdout!)
  const end = ended(child)
  lines.on('line', (line) => {
    if (line.includes('"text":"waiting"')) child.kill('SIGINT')
  })
  const { code, stdout, stderr } = await end
  assert.equal(code, EXIT_CODES.stopped.code, stderr)
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; status?: string })
  assert.equal(events[0]?.kind, 'created')
  assert.deepEqual(
    events
      .filter(({ kind }) => kind === 'status')
      .map(({ status }) => status)
      .slice(-4),
    ['Training', 'Stopping', 'Uploading', 'Stopped'],
  )
  assert.equal(events.at(-1)?.kind, 'fetched')
  assert.deepEqual(readdirSync(join(folder, 'stopped')), ['model.tar.gz'])
})

test('Ctrl-C leaves the job of a running server to it; watch, logs, jobs, describe and stop reach it', async (t) => {
  const { folder, data, run } = workshop(t)
  const python = { ...process.env, ...shell }
  await serve(t, data, python)
  const child = start(['run', 'waits.py', '--name', 'long', '--data', data], { env: shell, cwd: folder })
  createInterface(child.stdout!).on('line', (line) => {
    if (line.includes('│ waiting')) child.kill('SIGINT')
  })
  const interrupted = await ended(child)
  assert.equal(interrupted.code, EXIT_CODES.interrupted.code, interrupted.stderr)
  assert.match(
    interrupted.stderr,
    new RegExp(`The job long goes on\\.\n.*trainyard watch long --data ${data}\n.*trainyard stop long`),
  )
  const watching = run('watch', 'long')
  const following = run('logs', 'long', '-f')
  const listed = JSON.parse((await run('jobs', '--json')).stdout) as readonly { TrainingJobStatus: string }[]
  assert.deepEqual(
    listed.map(({ TrainingJobStatus: status }) => status),
    ['InProgress'],
  )
  const stopped = await run('stop', 'long')
  assert.equal(stopped.code, 0)
  assert.match(stopped.stdout, /^long is (Stopping|Stopped)\.\n/)
  assert.equal((await watching).code, EXIT_CODES.stopped.code)
  assert.match((await following).stdout, /\nwaiting\n$/)
  const { stdout } = await run('describe', 'long')
  assert.match(stdout, /! long {2}Stopped/)
  assert.doesNotMatch(stdout, /without effect here/, 'run asks for nothing that is not done')
  const facts = JSON.parse((await run('describe', 'long', '--json')).stdout) as { job: { SecondaryStatus: string } }
  assert.equal(facts.job.SecondaryStatus, 'Stopped')
  const again = await run('stop', 'long')
  assert.equal(again.code, EXIT_CODES.error.code)
  assert.match(again.stderr, /^trainyard: ValidationException: /)
})

test('Of a job that left no model the API names the place, describe and watch say that there is none; its name is taken', async (t) => {
  const { folder, data, run } = workshop(t)
  writeFileSync(join(folder, 'nothing.py'), 'print("nothing to keep")\n')
  await serve(t, data, { ...process.env, ...shell })
  const job = ['--env', 'MINE=yes', '--hp', 'epochs=3', '--input', 'train=numbers']
  assert.equal((await run('run', 'nothing.py', '--name', 'empty')).code, 0)
  assert.equal((await run('run', 'learns.py', '--name', 'full', ...job)).code, 0)
  for (const command of ['describe', 'watch']) {
    assert.match((await run(command, 'empty')).stdout, /^ *[Mm]odel:? +none: the job left nothing/m, command)
    assert.match((await run(command, 'full')).stdout, /^ *[Mm]odel:? +s3:.*full\/output\/model\.tar\.gz$/m, command)
  }
  // A second job of the name is refused before it puts anything in the place of what the first one has.
  const again = await run('run', 'learns.py', '--name', 'empty', '--json')
  assert.deepEqual([again.code, again.stdout], [EXIT_CODES.error.code, ''])
  assert.match(again.stderr, /There is a job empty already, which is Completed\.\nChoose another --name, or delete/)
  const facts = JSON.parse((await run('describe', 'empty', '--json')).stdout) as {
    readonly job: { readonly ModelArtifacts?: { readonly S3ModelArtifacts: string } }
    readonly artifacts: readonly unknown[]
  }
  assert.match(facts.job.ModelArtifacts?.S3ModelArtifacts ?? '', /empty\/output\/model\.tar\.gz$/)
  assert.deepEqual(facts.artifacts, [])
})

test('A job that does not exist is an error in the words of the API', async (t) => {
  const { folder, data, run } = workshop(t)
  await serve(t, data, { ...process.env, ...shell }, '--hold')
  for (const command of ['watch', 'logs', 'describe', 'stop', 'fetch', 'delete']) {
    const { code, stderr } = await run(command, 'nobody')
    assert.equal(code, EXIT_CODES.error.code, command)
    assert.match(stderr, /ValidationException: Requested resource not found\.\n/, command)
    const [, hint = ''] = /with: (\S*trainyard jobs --data .*)\n/.exec(stderr) ?? []
    const pasted = execFileSync('sh', ['-c', hint], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
    assert.equal(pasted, '', 'the folder has no jobs')
  }
})

test('A running server with another python is used, and that is said', async (t) => {
  const { folder, data } = workshop(t)
  await serve(t, data, { ...process.env, ...shell }, '--hold')
  const elsewhere = join(folder, 'elsewhere')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, 'python3'), 'not a script, not run', { mode: 0o755 })
  const env = { ...shell, PATH: `${elsewhere}:${shell['PATH'] ?? ''}` }
  const child = start(['run', 'fails.py', '--name', 'held', '--data', data], { env, cwd: folder })
  createInterface(child.stdout!).on('line', (line) => {
    if (line.includes('Starting')) child.kill('SIGTERM')
  })
  const { code, stderr } = await ended(child)
  assert.equal(code, EXIT_CODES.interrupted.code)
  assert.match(stderr, new RegExp(`will not run with this shell's python, ${elsewhere}/python3`))
})
