// Loaded before a Node client, which knows no proxy: ends it as soon as it connects, or asks for the address of a name, beyond this machine.
import diagnostics from 'node:diagnostics_channel'

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

diagnostics.subscribe('net.client.socket', ({ socket }) => {
  socket.prependListener('connectionAttempt', (address) => forbid(address))
  socket.prependListener('lookup', (_error, _address, _family, host) => forbid(host))
})

function forbid(host) {
  if (LOOPBACK.has(host)) return
  process.stderr.write(`a connection to ${host} was tried\n`)
  process.exit(99)
}
