import type { Duplex } from 'node:stream'

const REASONS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** Answers bytes that are no HTTP request, as far as the connection still takes an answer. */
export function answerMalformedHttp(error: Error, socket: Duplex, requestId: string): void {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const head = [
    REASONS[code] ?? '400 Bad Request',
    `x-amzn-requestid: ${requestId}`,
    'connection: close',
    'content-length: 0',
  ]
  socket.end(`HTTP/1.1 ${head.join('\r\n')}\r\n\r\n`)
}
