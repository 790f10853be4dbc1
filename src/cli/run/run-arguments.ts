import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { parseS3Uri } from '../../util/s3-uri.ts'
import { UsageError } from '../cli-errors.ts'

/** What is packed, and what of it is run. */
export interface Source {
  readonly folder: string
  /** Relative to the folder. */
  readonly entry: string
  /** Files of the folder to pack; undefined for all. */
  readonly only?: readonly string[]
}

/** One `--input` or `--shard`. */
export interface Input {
  readonly channel: string
  /** Whether it is dealt out among the instances. */
  readonly sharded: boolean
  readonly from: { readonly kind: 's3'; readonly uri: string } | { readonly kind: 'local'; readonly path: string }
}

const CHANNEL_NAME = /^[A-Za-z0-9.\-_]{1,64}$/

/** A script alone, or a folder with one in it. @throws UsageError */
export function parseSource(path: string, entry: string | undefined): Source {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) throw new UsageError(`${path} does not exist: name a script, or a folder with one.`)
  if (stats.isDirectory()) return folderSource(resolve(path), entry ?? 'train.py')
  if (entry !== undefined) throw new UsageError(`--entry is for a folder; ${path} is a file.`)
  const script = resolve(path)
  return { folder: dirname(script), entry: basename(script), only: [basename(script)] }
}

/** @throws UsageError */
export function parseInput(text: string, option: '--input' | '--shard' = '--input'): Input {
  const [channel, value] = splitPair(text, option, 'train=data/ or train=s3://bucket/prefix')
  const sharded = option === '--shard'
  if (!CHANNEL_NAME.test(channel))
    throw new UsageError(
      `${option} ${text}: '${channel}' is no channel name (letters, digits, dot, dash, underscore; at most 64).`,
    )
  if (parseS3Uri(value)) return { channel, sharded, from: { kind: 's3', uri: value } }
  const stats = statSync(value, { throwIfNoEntry: false })
  if (!stats) throw new UsageError(`${option} ${text}: ${value} does not exist.`)
  return { channel, sharded, from: { kind: 'local', path: resolve(value) } }
}

/** A folder to put files into, which need not be there yet: refused before a job has trained for hours. @throws UsageError */
export function parseOutput(path: string): string {
  const folder = resolve(path)
  let existing = folder
  while (!existsSync(existing)) existing = dirname(existing)
  if (!statSync(existing).isDirectory())
    throw new UsageError(`${existing} is no folder: name one to put the model into.`)
  if (isWritable(existing)) return folder
  throw new UsageError(`${existing} may not be written to: name another folder to put the model into.`)
}

/** `k=v` pairs, the later one of a name winning. @throws UsageError */
export function parsePairs(texts: readonly string[], option: string): Readonly<Record<string, string>> {
  return Object.fromEntries(texts.map((text) => splitPair(text, option, 'name=value')))
}

function folderSource(folder: string, entry: string): Source {
  if (statSync(join(folder, entry), { throwIfNoEntry: false })?.isFile()) return { folder, entry }
  throw new UsageError(`${folder} has no ${entry}: name the script to run with --entry.`)
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

function splitPair(text: string, option: string, example: string): [name: string, value: string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new UsageError(`${option} ${text}: it must be of the form ${example}.`)
}
