import type { Material } from './mutate.ts'
import { cborTarget } from './cbor-target.ts'
import { chunkedTargets } from './chunked-targets.ts'
import { documentTargets } from './document-targets.ts'
import { gzipTarget } from './gzip-target.ts'
import { signatureTargets } from './signature-targets.ts'

/** A decoder under fuzzing. */
export interface FuzzTarget extends Material {
  readonly name: string
  /** Decodes one input and throws only where the decoder broke its promise: another error than its own, or an answer that cannot be right. */
  decode(input: Buffer): void | Promise<void>
}

export function fuzzTargets(): readonly FuzzTarget[] {
  return [...documentTargets(), cborTarget(), gzipTarget(), ...chunkedTargets(), ...signatureTargets()]
}
