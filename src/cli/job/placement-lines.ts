import type { HostResources, Placement } from '../../lifecycle/placement.ts'
import { gibibytes } from '../../util/gibibytes.ts'
import { formatNumber } from '../terminal/format.ts'

/** Of a job of many instances, these many are shown. */
const MOST = 8

/** What each instance has of the machine, and what its type has where that is more: a name and a text. */
export function placementLines({ hosts }: Placement): readonly (readonly [name: string, text: string])[] {
  const lines = hosts.slice(0, MOST).map((host) => [host.host, hostText(host)] as const)
  return hosts.length > MOST ? [...lines, ['…', `and ${hosts.length - MOST} more`]] : lines
}

function hostText({ instanceType, cpus, memory, gpus, typeHas }: HostResources): string {
  const devices = gpus.length === 0 ? '' : ` (${gpus.join(', ')})`
  if (!typeHas) {
    const given = gpus.length === 0 ? '' : `, ${count(gpus.length, 'GPU')}${devices}`
    return `${instanceType}: ${count(cpus, 'processor')}, ${gibibytes(memory)} of memory${given}`
  }
  const processors = `${formatNumber(cpus)} of ${count(typeHas.cpus, 'processor')}`
  const bytes = `${gibibytes(memory)} of ${gibibytes(typeHas.memory)} of memory`
  const given = typeHas.gpus === 0 ? '' : `, ${gpus.length} of ${count(typeHas.gpus, 'GPU')}${devices}`
  return `${instanceType}, made smaller: ${processors}, ${bytes}${given}`
}

function count(number: number, noun: string): string {
  return `${formatNumber(number)} ${noun}${number === 1 ? '' : 's'}`
}
