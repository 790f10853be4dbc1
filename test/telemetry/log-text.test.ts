import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logText, logTextOfLines } from '../../src/telemetry/log-text.ts'

test('control characters are shown as # and three octal digits', () => {
  assert.equal(logText(Buffer.from('a\tb\u001b[31mred\u0000\u007f\r\n')), 'a#011b#033[31mred#000#177#015')
})

test('bytes that are not UTF-8 become U+FFFD, characters beyond ASCII stay', () => {
  assert.equal(logText(Buffer.from([0x68, 0xff, 0xc3, 0xa9, 0xe2, 0x82])), 'h\ufffdé\ufffd')
})

test('many lines keep the newlines between them', () => {
  assert.equal(logTextOfLines(Buffer.from('a\tb\nc\r\n')), 'a#011b\nc#015\n')
})
