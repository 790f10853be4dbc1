import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isAlive, memoryKills, parseStat, processStat, signalProcess } from '../../src/agent/proc.ts'
import { parseStatus } from '../../src/agent/status-file.ts'

describe('a status file', () => {
  test('says how far a command has come', () => {
    assert.deepEqual(parseStatus(''), { started: false })
    assert.deepEqual(parseStatus('{ "child-pid": 12, "pid-namespace": 4026 }\n'), { started: false, childPid: 12 })
    const whole = '{ "child-pid": 12 }\n{ "started": true }\n{ "exit-code": 137 }\n'
    assert.deepEqual(parseStatus(whole), { started: true, childPid: 12, exitCode: 137 })
  })

  test('counts a line once its newline is there: half an exit code is none', () => {
    assert.equal(parseStatus('{ "exit-code": 13').exitCode, undefined)
    assert.equal(parseStatus('{ "exit-code": 137 }').exitCode, undefined)
    assert.equal(parseStatus('{ "exit-code": 137 }\n').exitCode, 137)
  })
})

describe('a process', () => {
  test('is known by its start time, whatever its name holds', () => {
    const line = '42 (a) b (c) S 7 42 42 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 98765 1 1'
    assert.deepEqual(parseStat(line), { pid: 42, startTime: '98765', state: 'S', parent: 7 })
    assert.equal(parseStat('nothing'), undefined)
  })

  test('of the same number but another start time is not it, and is never signalled', () => {
    const self = processStat(process.pid)
    assert.ok(self)
    assert.ok(isAlive(self))
    const other = { pid: process.pid, startTime: '1' }
    assert.equal(isAlive(other), false)
    assert.equal(signalProcess(other, 'SIGKILL'), false)
  })

  test('that was killed for want of memory is counted by the kernel', () => {
    const kills = memoryKills()
    assert.ok(kills === undefined || Number.isInteger(kills))
  })
})
