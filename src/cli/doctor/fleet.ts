import { readYard } from '../../scheduler/machine.ts'
import { gibibytes } from '../../util/gibibytes.ts'
import { formatNumber } from '../terminal/format.ts'
import type { Examined } from './examined.ts'
import { had, type Finding } from './finding.ts'

/** What the jobs of a server share here, by the configuration and by the machine. */
export async function examineFleet({ config }: Pick<Examined, 'config'>): Promise<readonly Finding[]> {
  const { cpus, memory, gpus } = await readYard(config)
  const devices = gpus.length === 0 ? 'no GPUs' : `GPUs ${gpus.join(', ')}`
  const shares = `${formatNumber(cpus)} processors, ${gibibytes(memory)} of memory, ${devices}; policy ${config.fleet.policy}`
  return [had({ group: 'machine', name: 'fleet' }, shares)]
}
