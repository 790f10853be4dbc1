import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemContext } from '../../src/cli/cli-context.ts'
import { describeError } from '../../src/cli/describe-error.ts'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import { createProgram } from '../../src/cli/program.ts'
import { atEnd } from '../support/at-end.ts'
import { nodeAsAUser } from './as-a-user.ts'
import { listeningUrl, PROGRAM, start, trainyard } from './program.ts'
import { temporaryFolder } from './temporary-folder.ts'

test('Help shows every command and every exit code, and is no error', async () => {
  const { code, stdout } = await trainyard(['--help'])
  assert.equal(code, 0)
  for (const command of [
    'serve',
    'env',
    'run',
    'fetch',
    'jobs',
    'describe',
    'watch',
    'logs',
    'stop',
    'doctor',
    'setup',
  ])
    assert.match(stdout, new RegExp(`^  ${command}\\b`, 'm'))
  assert.doesNotMatch(stdout, /^ {2}agent\b/m)
  for (const exit of Object.values(EXIT_CODES)) assert.ok(stdout.includes(`${exit.code}  ${exit.meaning}`))
})

test('A wrong command line is a usage error that says what is wrong', async (t) => {
  const folder = temporaryFolder(t)
  const wrong: readonly [readonly string[], RegExp][] = [
    [['bogus'], /unknown command 'bogus'/],
    [['describe'], /missing required argument 'name'/],
    [['jobs', '--loud'], /unknown option '--loud'/],
    [['serve', '--port', '99999'], /from 0 to 65535/],
    [['serve', '--runtime', 'magic'], /Allowed choices are auto, process, simulated/],
    [['serve', '--tls-cert', 'x.pem', '--data', folder], /belong together/],
    [['keys', 'create'], /required option '--kind <kind>'/],
    [['keys', 'create', '--kind', 'owner', '--account', '12'], /twelve digits/],
    [['run', '/not/here.py', '--data', folder], /does not exist/],
    [['run', PROGRAM, '--max-runtime', 'soon'], /duration such as/],
    [['run', PROGRAM, '--name', 'my_job'], /letters, digits and hyphens, at most 63/],
    [['run', PROGRAM, '--hp', 'epochs', '--data', folder], /of the form name=value/],
  ]
  const results = await Promise.all(wrong.map(async ([args, text]) => ({ args, text, ...(await trainyard(args)) })))
  for (const { args, text, code, stdout, stderr } of results) {
    assert.equal(code, EXIT_CODES.usage.code, args.join(' '))
    assert.equal(stdout, '')
    assert.match(stderr, text)
  }
})

test('Without a server a command says how to start one', async (t) => {
  const data = temporaryFolder(t)
  const { code, stderr } = await trainyard(['jobs', '--data', data])
  assert.equal(code, EXIT_CODES.error.code)
  assert.match(
    stderr,
    new RegExp(`No server is running on ${data}\\.\nStart one with: \\S*trainyard serve --data ${data}`),
  )
})

test('A server that was stopped on its way, or whose key was put in the place of another, is told from one that does not run', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const server = start(['serve', '--data', data, '--port', '0', '--runtime', 'simulated'])
  const gone = once(server, 'exit')
  atEnd(t, async () => {
    server.kill('SIGKILL')
    await gone
  })
  await listeningUrl(server)
  const path = join(data, 'identity.json')
  const identity = readFileSync(path, 'utf8')
  for (const [wrong, text] of [
    [
      identity.replace(/"secretAccessKey": ".{4}/, '"secretAccessKey": "aaaa'),
      /^trainyard: InvalidSignature.*\nThe key in identity/,
    ],
    [
      identity.replace(/"accessKeyId": "AKIA.{4}/, '"accessKeyId": "AKIAAAAA'),
      /^trainyard: Unrecognized.*\nThe key in identity/,
    ],
    ['{', /is not an identity of Trainyard; restore it[^.]*\.\n$/],
  ] as const) {
    writeFileSync(path, wrong)
    assert.match((await trainyard(['jobs', '--data', data])).stderr, text)
  }
  writeFileSync(path, identity)
  server.kill('SIGSTOP')
  const { code, stderr } = await trainyard(['jobs', '--data', data])
  server.kill('SIGCONT')
  assert.equal(code, EXIT_CODES.error.code)
  assert.match(stderr, new RegExp(`does not answer\\.\n.*kill -CONT ${server.pid}\\.`))
})

test('A backup that may not be written names its folder', async (t) => {
  const folder = temporaryFolder(t)
  const closed = join(folder, 'closed')
  mkdirSync(closed, { mode: 0o500 })
  assert.equal((await trainyard(['keys', 'list', '--data', join(folder, 'data')])).code, 0)
  const { stderr } = nodeAsAUser([PROGRAM, 'backup', join(closed, 'backup'), '--data', join(folder, 'data')])
  assert.match(stderr, /Cannot make \S*closed\/backup: this user may not\./)
})

test('The data folder is that of --data, else of TRAINYARD_DATA, else of the user', async (t) => {
  const folder = temporaryFolder(t)
  const env = { TRAINYARD_DATA: join(folder, 'a') }
  assert.match((await trainyard(['jobs'], { env })).stderr, new RegExp(`on ${folder}/a\\.`))
  assert.match((await trainyard(['jobs', '--data', 'b'], { env, cwd: folder })).stderr, new RegExp(`on ${folder}/b\\.`))
  const own = process.getuid?.() === 0 ? '/var/lib/trainyard' : join(folder, 'trainyard')
  const { stderr } = await trainyard(['jobs', '--data', own], { env: { XDG_DATA_HOME: folder } })
  assert.doesNotMatch(stderr, /serve --data/)
})

test('The program runs through a link, as package managers make one', (t) => {
  const link = join(temporaryFolder(t), 'trainyard')
  symlinkSync(PROGRAM, link)
  assert.match(execFileSync(process.execPath, [link, '--version'], { encoding: 'utf8' }), /^\d+\.\d+\.\d+\n$/)
})

test('Setup without root says how to run it', async () => {
  const user = await createProgram({ ...systemContext(), uid: 1000 }, 'setup')
  await assert.rejects(user.parseAsync(['node', 'trainyard', 'setup']), (error) => {
    const { text, exitCode } = describeError(error)
    assert.equal(exitCode, EXIT_CODES.error.code)
    assert.match(text, /sudo .* setup/)
    return true
  })
})

test('A data folder that is closed to the user is said to be so, not to have no server', (t) => {
  const closed = join(temporaryFolder(t), 'closed')
  mkdirSync(closed, { mode: 0o000 })
  const { code, stderr } = nodeAsAUser([PROGRAM, 'jobs', '--data', closed])
  chmodSync(closed, 0o700)
  assert.equal(code, EXIT_CODES.error.code)
  assert.match(stderr, /closed is closed to this user/)
})
