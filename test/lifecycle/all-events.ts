import type { JobEvent } from '../../src/lifecycle/advance.ts'
import type { Placement } from '../../src/lifecycle/placement.ts'

const PLACEMENT: Placement = { since: 1, spot: true, hosts: [] }
const FAILED = { kind: 'failed', reason: 'AlgorithmError: , exit code: 1' } as const
const LOST = { kind: 'lost', detail: 'gone' } as const

/** Of each kind of event every variant that the lifecycle treats in its own way. */
const EVENTS: { readonly [Kind in JobEvent['kind']]: readonly Extract<JobEvent, { kind: Kind }>[] } = {
  preparing: [{ kind: 'preparing' }, { kind: 'preparing', placement: PLACEMENT }],
  'no-capacity': [
    { kind: 'no-capacity', accelerated: true },
    { kind: 'no-capacity', accelerated: false },
  ],
  unhealthy: [{ kind: 'unhealthy' }],
  downloading: [{ kind: 'downloading' }],
  'downloading-image': [{ kind: 'downloading-image' }],
  training: [{ kind: 'training' }],
  'instance-failed': [
    { kind: 'instance-failed', outcome: FAILED },
    { kind: 'instance-failed', outcome: LOST },
  ],
  'command-ended': [
    { kind: 'command-ended', outcome: { kind: 'succeeded' } },
    { kind: 'command-ended', outcome: { kind: 'stopped' } },
    { kind: 'command-ended', outcome: FAILED },
    { kind: 'command-ended', outcome: LOST },
  ],
  finished: [{ kind: 'finished' }, { kind: 'finished', modelArtifacts: 's3://b/m', finalMetrics: [] }],
  failed: [{ kind: 'failed', reason: 'InternalServerError: ' }],
  'stop-requested': [
    { kind: 'stop-requested', cause: 'user' },
    { kind: 'stop-requested', cause: 'max-runtime' },
    { kind: 'stop-requested', cause: 'max-wait' },
    { kind: 'stop-requested', cause: 'max-pending' },
  ],
  interrupted: [{ kind: 'interrupted' }],
  'place-given-back': [{ kind: 'place-given-back' }],
  restarting: [{ kind: 'restarting' }],
  'starting-again': [{ kind: 'starting-again' }, { kind: 'starting-again', placement: PLACEMENT }],
  updated: [
    { kind: 'updated', parts: ['profiler'] },
    { kind: 'updated', parts: ['remote-debug'] },
  ],
  'delete-requested': [{ kind: 'delete-requested' }],
  'pool-reused': [{ kind: 'pool-reused', by: { jobId: 'b', name: 'next' } }],
  'pool-expired': [{ kind: 'pool-expired' }],
  'pool-updated': [
    { kind: 'pool-updated', keepAliveSeconds: 0 },
    { kind: 'pool-updated', keepAliveSeconds: 90 },
  ],
}

export const ALL_EVENTS: readonly JobEvent[] = Object.values(EVENTS).flat()
