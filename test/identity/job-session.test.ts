import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sessionKeys, sessionOwner } from '../../src/identity/job-session.ts'

const SECRET = '5a'.repeat(32)
const OWNER = { jobId: '018bcfe568000f1e2d3c4b5a69788796', attempt: 1 }

const owners = fc.record(
  { jobId: fc.stringMatching(/^[0-9a-f]{32}$/), attempt: fc.integer({ min: 1, max: 1000 }) },
  { noNullPrototype: true },
)

test('a session has the form of temporary keys of AWS', () => {
  const { accessKeyId, secretAccessKey, sessionToken } = sessionKeys(SECRET, OWNER)
  assert.match(accessKeyId, /^ASIA[A-Z2-7]{16}$/)
  assert.match(secretAccessKey, /^[A-Za-z0-9+/]{40}$/)
  assert.match(sessionToken, /^[A-Za-z0-9._-]+$/)
})

test('a session is the same whenever it is derived, so that a server that was killed still knows it', () => {
  assert.deepEqual(sessionKeys(SECRET, OWNER), sessionKeys(SECRET, { ...OWNER }))
})

test('a token says whose it is', () => {
  fc.assert(
    fc.property(owners, (owner) => {
      assert.deepEqual(sessionOwner(SECRET, sessionKeys(SECRET, owner).sessionToken), owner)
    }),
    { numRuns: 50 },
  )
})

test('no part of a session is that of another job, another attempt or another data folder', () => {
  const sessions = [
    sessionKeys(SECRET, OWNER),
    sessionKeys(SECRET, { ...OWNER, attempt: 2 }),
    sessionKeys(SECRET, { ...OWNER, jobId: '018bcfe568000f1e2d3c4b5a69788797' }),
    sessionKeys('5b'.repeat(32), OWNER),
  ]
  for (const part of ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const) {
    assert.equal(new Set(sessions.map((session) => session[part])).size, sessions.length, part)
  }
})

test('a token that this server never made is nobody’s', () => {
  const { sessionToken } = sessionKeys(SECRET, OWNER)
  const [version = '', jobId = '', attempt = '', mac = ''] = sessionToken.split('.')
  const forged = [
    '',
    '...',
    'x',
    [version, jobId, attempt].join('.'),
    [version, jobId, attempt, ''].join('.'),
    [version, jobId, '2', mac].join('.'),
    [version, jobId, '01', mac].join('.'),
    [version, `${jobId}x`, attempt, mac].join('.'),
    ['ty2', jobId, attempt, mac].join('.'),
    [version, jobId, attempt, mac.slice(0, -2)].join('.'),
    sessionKeys('5b'.repeat(32), OWNER).sessionToken,
  ]
  for (const token of forged) assert.equal(sessionOwner(SECRET, token), undefined, token)
})

test('a token is nobody’s as soon as one letter of what it says, or one bit of its seal, is another', () => {
  const { sessionToken } = sessionKeys(SECRET, OWNER)
  // The last letter of the seal carries two bits that say nothing.
  const positions = fc.integer({ min: 0, max: sessionToken.length - 2 })
  const letters = fc.stringMatching(/^[A-Za-z0-9]$/)
  fc.assert(
    fc.property(positions, letters, (position, letter) => {
      fc.pre(sessionToken[position] !== letter)
      const changed = sessionToken.slice(0, position) + letter + sessionToken.slice(position + 1)
      assert.equal(sessionOwner(SECRET, changed), undefined, changed)
    }),
    { numRuns: 200 },
  )
})
