import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messageFilter } from '../../../src/operations/logs/filter-pattern.ts'

const MESSAGES = ['ERROR 401 denied', 'ERROR 500', 'warn: disk "sda" is full', 'info - all well', 'epoch=1 loss=0.5']

function matching(pattern: string): string[] {
  return MESSAGES.filter(messageFilter(pattern))
}

test('an empty pattern matches everything', () => {
  for (const pattern of ['', '  ', '""']) assert.deepEqual(matching(pattern), MESSAGES)
})

test('all terms must be there, in any order, and case counts', () => {
  assert.deepEqual(matching('ERROR'), MESSAGES.slice(0, 2))
  assert.deepEqual(matching(' denied  ERROR '), MESSAGES.slice(0, 1))
  assert.deepEqual(matching('error'), [])
})

test('a phrase in quotes is one term, and may hold quotes and anything else', () => {
  assert.deepEqual(matching('"ERROR 5"'), ['ERROR 500'])
  assert.deepEqual(matching(String.raw`"disk \"sda\" is"`), ['warn: disk "sda" is full'])
  assert.deepEqual(matching('"[x]"'), [])
  assert.deepEqual(matching('"- all"'), ['info - all well'])
  assert.deepEqual(matching('loss=0.5'), ['epoch=1 loss=0.5'])
})

test('terms behind a minus must not be there', () => {
  assert.deepEqual(matching('ERROR -denied'), ['ERROR 500'])
  assert.deepEqual(matching('-ERROR -"is full"'), MESSAGES.slice(3))
})

test('of terms behind question marks one must be there', () => {
  assert.deepEqual(matching('?denied ?"is full"'), [MESSAGES[0], MESSAGES[2]])
})

test('other kinds of pattern are refused by their names', () => {
  const refusals = {
    '{ $.level = "ERROR" }': /JSON patterns/,
    '[ip, user, status=4*]': /space-delimited patterns/,
    '%ERR.R%': /regular expressions/,
    '-%ERR.R%': /regular expressions/,
    '?a b': /cannot be combined/,
    '"open': /at character 1/,
    'one "two"three': /at character 4/,
  } as const
  for (const [pattern, message] of Object.entries(refusals))
    assert.throws(() => messageFilter(pattern), { code: 'InvalidParameterException', message }, pattern)
})
