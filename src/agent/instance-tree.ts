import { overlaysOf } from './channels/download-record.ts'
import type { InstanceFolder } from './instance-folder.ts'
import { OwnTree } from './own-tree.ts'

/** The instance's `/opt/ml` as its job saw it, overlays included, which are mounted for the job alone. */
export function instanceTree(place: InstanceFolder): OwnTree {
  const detours = overlaysOf(place).map(
    ({ target, upper, lower }) => [target.slice(place.ml.length + 1), [upper, lower]] as const,
  )
  return new OwnTree(place.ml, ['/opt/ml', place.ml], new Map(detours))
}
