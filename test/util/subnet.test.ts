import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostAddress, parseSubnet } from '../../src/util/subnet.ts'

test('a network has places for its bridge, its way out, its resolver and its instances', () => {
  const subnet = parseSubnet('10.0.2.0/24')
  assert.ok(subnet)
  assert.deepEqual(subnet, {
    cidr: '10.0.2.0/24',
    prefix: 24,
    bridge: '10.0.2.1',
    gateway: '10.0.2.2',
    resolver: '10.0.2.3',
    capacity: 244,
  })
  assert.deepEqual([hostAddress(subnet, 1), hostAddress(subnet, 244)], ['10.0.2.11', '10.0.2.254'])
})

test('a wider network has more of them, over more than one of its last numbers', () => {
  const subnet = parseSubnet('172.16.240.0/20')
  assert.ok(subnet)
  assert.equal(subnet.capacity, 1000)
  assert.deepEqual([hostAddress(subnet, 245), hostAddress(subnet, 246)], ['172.16.240.255', '172.16.241.0'])
})

test('what is no network, or none for jobs, is told apart', () => {
  for (const text of ['', '10.0.2.1/24', '10.0.2.0', '10.0.2.0/26', '10.0.0.0/15', '256.0.2.0/24', '10.0.2.0/24 ', 'x'])
    assert.equal(parseSubnet(text), undefined, text)
})
