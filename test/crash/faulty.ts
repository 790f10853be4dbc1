import type { JobClock } from '../../src/clock/clock.ts'
import { DurableFileError } from '../../src/durable/durable-file-error.ts'
import { ObjectStoreError } from '../../src/objects/objects.ts'
import { StoreError } from '../../src/store/sqlite/store-error.ts'
import { never, type Life } from './life.ts'

type Room = 'store' | 'objects' | 'objects.local' | 'durable' | 'runtime' | 'instance' | 'scheduler'

interface Writes {
  readonly calls: readonly string[]
  full(): Error
}

const NOTHING_WRITTEN: Writes = { calls: [], full: () => new Error('nothing is written by the server itself') }

/** The calls of each contract that write to the disk, and what they throw when it is full. */
const WRITES: Readonly<Record<Room, Writes>> = {
  store: {
    calls: [
      'insertJob',
      'apply',
      'deleteJob',
      'appendJournal',
      'insertLogStream',
      'putTags',
      'deleteTags',
      'deleteTraces',
      'putMetrics',
      'putRunMetrics',
    ],
    full: () => new StoreError('disk-full', 'store.db', new Error('database or disk is full')),
  },
  objects: {
    calls: ['createBucket', 'put', 'copy', 'createUpload', 'putPart', 'completeUpload'],
    full: () => new ObjectStoreError('StorageUnavailable', 'The disk is full.'),
  },
  'objects.local': { calls: ['adopt'], full: () => new ObjectStoreError('StorageUnavailable', 'The disk is full.') },
  durable: {
    calls: ['write', 'create', 'remove', 'sync'],
    full: () => new DurableFileError('ENOSPC', 'a file', 'Cannot write a file: the disk is full.', {}),
  },
  runtime: NOTHING_WRITTEN,
  instance: NOTHING_WRITTEN,
  scheduler: NOTHING_WRITTEN,
}

/** What calls return that has calls of its own. */
const RETURNED: Readonly<Record<string, Room>> = { 'runtime.launch': 'instance', 'runtime.find': 'instance' }

/** The same contract with a point before and after each of its calls, whatever methods it has. */
export function faulty<Contract extends object>(life: Life, room: Room, target: Contract): Contract {
  const { calls, full } = WRITES[room]
  return new Proxy(target, {
    get(_target, property) {
      const value: unknown = Reflect.get(target, property, target)
      if (room === 'objects' && property === 'local' && isObject(value)) return faulty(life, 'objects.local', value)
      if (typeof value !== 'function' || typeof property !== 'string') return value
      return (...args: unknown[]) => {
        const name = `${room}.${property}`
        const work = () => withPoints(life, name, Reflect.apply(value, target, args))
        return life.call(name, work, calls.includes(property) ? full : undefined)
      }
    },
  })
}

/** Gives what a call returns its points too. */
function withPoints(life: Life, name: string, result: unknown): unknown {
  const room = RETURNED[name]
  if (!(result instanceof Promise)) return result
  if (room) return result.then((value: unknown) => (isObject(value) ? faulty(life, room, value) : value))
  if (name === 'objects.local.pin') return result.then((value: Pinned) => pinned(life, value))
  return result
}

interface Pinned {
  readonly files: AsyncIterable<unknown>
  release(): Promise<void>
}

function pinned(life: Life, { files, release }: Pinned): Pinned {
  return {
    files: {
      async *[Symbol.asyncIterator]() {
        for await (const file of files) yield await life.call('objects.local.pin files', () => Promise.resolve(file))
      },
    },
    release: async () => void (await life.call('objects.local.pin release', release)),
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** A clock of which a dead server learns nothing more, and whose wall part may be stepped. As of `RealClock`, `now` never goes back within one life. */
export class MortalClock implements JobClock {
  readonly #clock: JobClock
  readonly #life: Life
  readonly #stepped: () => number
  #latest = 0

  /** @param stepped by how much the wall clock is off by now, milliseconds */
  constructor(clock: JobClock, life: Life, stepped: () => number) {
    this.#clock = clock
    this.#life = life
    this.#stepped = stepped
  }

  now(): number {
    this.#latest = Math.max(this.#latest, this.#clock.now() + this.#stepped())
    return this.#latest
  }

  monotonic(): number {
    return this.#clock.monotonic()
  }

  async sleep(milliseconds: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#life.isDead) return never()
    try {
      const either = signal ? AbortSignal.any([signal, this.#life.signal]) : this.#life.signal
      await this.#clock.sleep(milliseconds, { signal: either })
    } catch (error) {
      if (this.#life.isDead) return never()
      throw error
    }
    if (this.#life.isDead) return never()
  }

  timer(milliseconds: number, ring: () => void): Disposable {
    const timer = this.#clock.timer(milliseconds, ring)
    const letGo = () => timer[Symbol.dispose]()
    if (this.#life.isDead) letGo()
    else this.#life.signal.addEventListener('abort', letGo, { once: true })
    return timer
  }
}
