import { algorithmError, OUT_OF_MEMORY } from '../lifecycle/failure-reason.ts'
import type { Outcome } from '../lifecycle/job.ts'
import type { InstanceEnd } from '../runtime/runtime.ts'

/** What an instance's end means for its job: the job's own fault, which is final, or ours (behaviour 3.8). */
export function outcomeOf(end: InstanceEnd): Outcome {
  switch (end.kind) {
    case 'exited':
      return end.code === 0 ? { kind: 'succeeded' } : failed(algorithmError(end.failure ?? '', end.code))
    case 'signalled':
      return failed(algorithmError(end.failure ?? '', end.code))
    case 'out-of-memory':
      return failed(OUT_OF_MEMORY)
    case 'lost':
      return end
    default:
      return end satisfies never
  }
}

function failed(reason: string): Outcome {
  return { kind: 'failed', reason }
}
