import { readFileSync } from 'node:fs'
import { ownFile } from '../../installation/own-file.ts'

/** Everything of ours that runs between the agent and a job's command is sh, given as text: a job's user need not be able to read our files. */
function script(name: string): readonly string[] {
  const text = readFileSync(ownFile(`agent/sandbox/${name}.sh`), 'utf8')
  return ['/bin/sh', '-c', text, name]
}

/** The argument lists that run each script; append its arguments. */
export interface Scripts {
  readonly launch: readonly string[]
  readonly start: readonly string[]
  readonly plainWait: readonly string[]
  readonly inside: readonly string[]
  readonly bare: readonly string[]
  readonly overlay: readonly string[]
  readonly network: readonly string[]
  readonly uplink: readonly string[]
}

export function loadScripts(): Scripts {
  return {
    launch: script('launch'),
    start: script('start'),
    plainWait: script('plain-wait'),
    inside: script('inside'),
    bare: script('bare'),
    overlay: script('overlay'),
    network: script('network'),
    uplink: script('uplink'),
  }
}
