import type { StageWork } from '../context.ts'
import { destroyInstances } from './instances.ts'

/** Restarting: what is left of the attempt goes, and the next begins in the same place (behaviour 1.4.10, unknown on AWS). */
export const restarting: StageWork = async (context, stage) => {
  await destroyInstances(context, stage)
  await stage.record({ kind: 'starting-again' })
}
