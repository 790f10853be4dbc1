import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { ROOT, serve } from './program.ts'
import { temporaryFolder } from './temporary-folder.ts'

const guide = readFileSync(join(ROOT, 'docs/guides/rehearse-your-job.md'), 'utf8')
const script = [...guide.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = '']) => text).join('\n')

for (const runtime of ['process', 'simulated']) {
  test(`Every command of "Rehearse your job" does what it is there for, on the ${runtime} runtime`, async (t) => {
    const folder = temporaryFolder(t)
    const data = join(folder, 'data')
    const path = `${join(ROOT, 'bin')}:/usr/bin:/bin:/usr/sbin:/sbin:${dirname(process.execPath)}`
    await serve(t, data, { PATH: path }, '--allow-rehearsals', '--runtime', runtime)
    const env = { PATH: path, HOME: folder, TRAINYARD_DATA: data, NO_COLOR: '1' }
    const options = { cwd: folder, env, timeout: 100_000 }
    const { stdout } = await promisify(execFile)('bash', ['-eo', 'pipefail', '-c', script], options)
    const described = stdout.slice(stdout.indexOf('✓ spot-day  Completed'))
    const way = [...described.matchAll(/^(\w+) +\d\d:\d\d:\d\d/gm)].map(([, status]) => status)
    const runs = ['Starting', 'Downloading', 'Training']
    assert.deepEqual(way, [...runs, 'Interrupted', ...runs, 'Uploading', 'Completed'], stdout)
    assert.match(described, /^ {2}interrupt@training\+2s {2}at .*, training, attempt 1$/m)
    assert.match(described, /^ {2}SIGTERM was answered by algo-1 of attempt 1 in /m)
    assert.match(stdout, /"kind": "rehearsal-report"/)
  })
}
