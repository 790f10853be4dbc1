import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { logEntryText } from '../../../src/cli/terminal/log-entry.ts'
import { createStyles } from '../../../src/cli/terminal/styles.ts'

/** What is logged, as it is read in a terminal; times of the day are left out. */
function read(log: (logger: pino.Logger) => void, colours = false): string {
  let text = ''
  const write = (line: string) => (text += logEntryText(line, createStyles(colours)))
  log(pino({ level: 'debug', base: null }, { write }))
  return text.replaceAll(/\d\d:\d\d:\d\d/g, 'TIME')
}

test('A warning is one line that says what happened and to what', () => {
  const text = read((log) => log.warn({ jobId: 'j-1', reserve: 5, path: '/a b' }, 'no job starts'))
  assert.equal(text, 'TIME warning: no job starts jobId=j-1 reserve=5 path="/a b"\n')
})

test('What is no problem has no sign, and details for the curious have', () => {
  const text = read((log) => {
    log.info('stopped')
    log.debug({ status: 200 }, 'request answered')
  })
  assert.equal(text, 'TIME stopped\nTIME debug: request answered status=200\n')
})

test('An error that is foreseen is its text with its causes, any other one is shown with its place', () => {
  const full = Object.assign(new Error('the disk is full'), { code: 'ENOSPC' })
  const foreseen = Object.assign(new Error('cannot be written', { cause: full }), { code: 'Refused' })
  const text = read((log) => log.error({ err: foreseen }, 'lost'))
  assert.equal(text, 'TIME error: lost\n  cannot be written: the disk is full\n')
  const lines = read((log) => log.error({ err: new TypeError('no number') }, 'lost')).split('\n')
  assert.equal(lines[1], '  TypeError: no number')
  assert.match(lines[2] ?? '', /^ {6}at .*log-entry\.test\.ts:\d+/)
})

test('Where there are colours the eye finds the sign by them', () => {
  const { red } = createStyles(true)
  assert.ok(read((log) => log.error('lost'), true).endsWith(` ${red('error:')} lost\n`))
})

test('A line that is no entry is shown as it is', () => {
  for (const line of ['plain\n', '{"msg":"half', '[1]\n', 'null\n']) {
    assert.equal(logEntryText(line, createStyles(false)), line)
  }
})
