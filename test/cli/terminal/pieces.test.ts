import assert from 'node:assert/strict'
import { test } from 'node:test'
import { curve } from '../../../src/cli/terminal/curve.ts'
import { homePath, shortPath } from '../../../src/cli/terminal/home-path.ts'
import { progressLine } from '../../../src/cli/terminal/progress-line.ts'
import { createStyles, wantsColours } from '../../../src/cli/terminal/styles.ts'
import { table } from '../../../src/cli/terminal/table.ts'
import { displayWidth } from '../../../src/cli/terminal/width.ts'

const styles = createStyles(false)

test('A table stands in columns and breaks its flexible one where the terminal is narrow', () => {
  const columns = [{ title: 'NAME' }, { title: 'TOOK', align: 'right' }, { title: 'MESSAGE', flexible: true }] as const
  const rows = [
    ['a', '1 s', 'Training in progress.'],
    ['long-name', '12 s', ''],
  ]
  assert.deepEqual(table(columns, rows, { width: Infinity, styles }), [
    'NAME       TOOK  MESSAGE',
    'a           1 s  Training in progress.',
    'long-name  12 s',
  ])
  assert.deepEqual(table(columns, rows, { width: 32, styles }).slice(1, 3), [
    'a           1 s  Training in',
    '                 progress.',
  ])
})

test('A progress line grows evenly, keeps its width, and is full only when all is there', () => {
  const line = (done: number, elapsed: number, width = 100) =>
    progressLine({ label: 'upload', done, total: 720_000, elapsed }, { width, labelWidth: 8, styles })
  assert.equal(line(0, 0), `upload    ${'░'.repeat(32)}   0 %     0 B of 720 kB`)
  assert.match(line(400_000, 400), /55 %  400 kB of 720 kB   1\.0 MB\/s  0\.3 s left$/)
  assert.match(line(719_999, 700), /▉ {2}99 %/)
  assert.match(line(720_000, 720), /█{32} 100 % +720 kB +1\.0 MB\/s {2}in 0\.7 s$/)
  for (const width of [20, 40, 60, 80]) assert.ok(displayWidth(line(400_000, 400, width)) <= width)
})

test('A progress line with a label wider than its column has a shorter bar, and shows every fact', () => {
  const progress = { label: 'upload 2001 files', done: 9200, total: 9200, elapsed: 36_000 }
  const line = progressLine(progress, { width: 79, labelWidth: 14, styles })
  assert.match(line, /^upload 2001 files {2}█{13} 100 % +9\.2 kB +256 B\/s {2}in 36\.0 s$/)
})

test('A progress line of an unknown total shows what has come', () => {
  const progress = { label: 'model', done: 5000, total: undefined, elapsed: 1000 }
  assert.equal(progressLine(progress, { width: 80, labelWidth: 6, styles }), 'model             5.0 kB   5.0 kB/s')
})

test('A curve falls from its highest value on the left to its lowest on the right', () => {
  const lines = curve([1, 0.5, 0.25], { width: 20, height: 4, styles })
  assert.deepEqual(
    lines.map((line) => line.slice(0, 8)),
    ['     1 ┤', '       ┤', '       ┤', '  0.25 ┤'],
  )
  assert.match(lines[0] ?? '', /┤[^\u2800]/)
  assert.match(lines[3] ?? '', /┤\u2800+[^\u2800]+$/)
})

test('A curve needs two numbers, and one that stays level is a line', () => {
  assert.deepEqual(curve([0.5], { width: 20, height: 4, styles }), [])
  assert.deepEqual(curve([Number.NaN, 1], { width: 20, height: 4, styles }), [])
  assert.equal(
    curve([2, 2, 2], { width: 20, height: 4, styles }).filter((line) => /[^ \d┤\u2800]/.test(line)).length,
    1,
  )
})

test('Colours are for terminals, and NO_COLOR has the last word', () => {
  assert.equal(wantsColours(true, {}), true)
  assert.equal(wantsColours(false, {}), false)
  assert.equal(wantsColours(true, { TERM: 'dumb' }), false)
  assert.equal(wantsColours(false, { FORCE_COLOR: '1' }), true)
  assert.equal(wantsColours(true, { FORCE_COLOR: '1', NO_COLOR: '1' }), false)
  assert.equal(createStyles(false).red('x'), 'x')
})

test('A path below the home folder has a tilde, unless it must be quoted', () => {
  assert.equal(homePath('/home/u/.cache/x', '/home/u'), '~/.cache/x')
  assert.equal(homePath('/home/user/x', '/home/u'), '/home/user/x')
  assert.equal(homePath('/home/u/a b', '/home/u'), "'/home/u/a b'")
})

test('A path below the working directory is shown from there, quoted where it must be', () => {
  assert.equal(shortPath('/srv/job-1/model.tar.gz', '/srv'), 'job-1/model.tar.gz')
  assert.equal(shortPath('/srv/my job/model.tar.gz', '/srv'), "'my job/model.tar.gz'")
  assert.equal(shortPath('/worker/model.tar.gz', '/srv'), '/worker/model.tar.gz')
  assert.equal(shortPath('/srv/model.tar.gz', '/'), '/srv/model.tar.gz')
})
