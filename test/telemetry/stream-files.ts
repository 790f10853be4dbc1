import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeIndexRecord, INDEX_SUFFIX } from '../../src/telemetry/log-format.ts'

/** A folder that goes when the block that holds it ends. */
export class TemporaryFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'trainyard-test-'))

  file(name: string): string {
    return join(this.path, name)
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** Writes a stream as job and agent do together: bytes, then the record that shows them. */
export class StreamWriter {
  readonly file: string
  #offset = 0
  #time = 1

  constructor(file: string) {
    this.file = file
    writeFileSync(file, '')
    writeFileSync(file + INDEX_SUFFIX, '')
  }

  /** Bytes that nothing shows yet. */
  write(bytes: Buffer | string): this {
    appendFileSync(this.file, bytes)
    this.#offset += Buffer.byteLength(bytes)
    return this
  }

  index(time: number, sealed = false): this {
    this.#time = time
    appendFileSync(this.file + INDEX_SUFFIX, encodeIndexRecord({ time, offset: this.#offset, sealed }))
    return this
  }

  append(bytes: Buffer | string, time: number): this {
    return this.write(bytes).index(time)
  }

  seal(): this {
    return this.index(this.#time, true)
  }
}
