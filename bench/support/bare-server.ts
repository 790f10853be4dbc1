import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * The least a server can do, as a yardstick. `json BYTES`: parses a JSON body and answers that many bytes of JSON. `sqlite`: the same with a database open.
 * `scan FOLDER`: scans the names of a record through a covering index for what is in none of them.
 */
const [kind = 'json', bytes = '60'] = process.argv.slice(2)
const answer = JSON.stringify({ TrainingJobArn: ''.padEnd(Math.max(0, Number(bytes) - 21), 'a') })
if (kind === 'sqlite') {
  const { DatabaseSync } = await import('node:sqlite')
  new DatabaseSync(':memory:').exec('CREATE TABLE t (a)')
}
const scan = kind === 'scan' ? await scanOf(bytes) : undefined
const server = createServer((request, response) => {
  if (scan) response.end(scan())
  else void parse(request, response)
})
server.listen(0, '127.0.0.1', () => console.log(`127.0.0.1:${(server.address() as AddressInfo).port}`))

async function parse(request: IncomingMessage, response: ServerResponse): Promise<void> {
  JSON.parse((await read(request)).toString('utf8'))
  response.setHeader('content-type', 'application/x-amz-json-1.1')
  response.setHeader('content-length', Buffer.byteLength(answer))
  response.end(answer)
}

function read(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)))
  })
}

async function scanOf(data: string): Promise<() => string> {
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(`${data}/store.db`, { readOnly: true })
  const statement = database.prepare(
    `SELECT count(*) AS hits FROM jobs INDEXED BY jobs_by_name WHERE instr(name_folded, 'nowhere')`,
  )
  return () => JSON.stringify(statement.get())
}
