import { test } from 'node:test'
import type { Injection, JobSpec } from './job-spec.ts'
import { play } from './play.ts'
import type { Step } from './steps.ts'

const JOB: JobSpec = { launch: 1, download: 1, run: 5, upload: 1, maxRuntime: 3600, hosts: [{}] }

/** All that the machine has. */
const ALL_GPUS = { gpus: 2, hosts: [{}, {}] } as const

function create(name: string, job: Partial<JobSpec>): Step {
  return { do: 'create', name, job: { ...JOB, ...job } }
}

function ends(end: Pick<Extract<Injection, { readonly does: 'end' }>, 'by' | 'host' | 'after'>): Injection {
  return { does: 'end', stage: 'training', code: 0, times: 1, ...end }
}

/** Programs that once showed what the model does not allow, as fast-check has shrunk them. */
const KEPT: Readonly<Record<string, readonly Step[]>> = {
  'hosts that were being ended when the server was dropped have no more than the rest of their grace': [
    create('a', { launch: 0, download: 0, run: 300, hosts: [{ by: 'loss', at: 3 }, {}], ignoresTerm: true }),
    { do: 'advance to next', off: 0 },
    { do: 'crash', down: 3000 },
    { do: 'stop', name: 'a' },
  ],
  'a job whose time is up in the grace of an interruption does not begin again': [
    create('a', { launch: 0, run: 300, maxRuntime: 10, maxWait: 10, ignoresTerm: true }),
    { do: 'advance', by: 5000 },
    { do: 'interrupt', name: 'a' },
  ],
  'a job that has failed and is interrupted in its upload begins again': [
    create('b', { download: 0, run: 0, hosts: [{ code: 1 }] }),
    { do: 'advance to next', off: 0 },
    { do: 'interrupt', name: 'b' },
  ],
  'a job that is interrupted in its upload waits for another place no longer than it may': [
    create('a', { ...ALL_GPUS, launch: 0, download: 0, run: 1, upload: 5, maxRuntime: 10, maxWait: 10 }),
    { do: 'advance', by: 3000 },
    create('b', { ...ALL_GPUS, run: 300 }),
    { do: 'advance', by: 60_000 },
  ],
  'a limit that is rehearsed comes too late for a job that has failed and ends its other hosts, as any limit does': [
    create('a', {
      launch: 0,
      download: 0,
      run: 300,
      hosts: [{ code: 1, at: 0 }, {}],
      ignoresTerm: true,
      rehearsal: [{ does: 'limit max-runtime', stage: 'training', after: 1, times: 1 }],
    }),
    { do: 'advance', by: 5000 },
  ],
  'a server that is dropped while an unhealthy instance is replaced replaces it when it starts again': [
    6, 8, 10, 12,
  ].flatMap((turns): readonly Step[] => [
    {
      do: 'crash during',
      request: {
        do: 'create',
        name: 'a',
        job: {
          ...JOB,
          launch: 5,
          rehearsal: [{ does: 'unhealthy', times: 2 }],
        },
      },
      turns,
      down: 0,
    },
    { do: 'advance', by: 60_000 },
    { do: 'delete', name: 'a' },
  ]),
  'a job loses its place once to two interruptions of one moment, and the other waits until it has a place again': [
    create('a', {
      rehearsal: [
        { does: 'interrupt', stage: 'start', after: 0, times: 1 },
        { does: 'interrupt', stage: 'start', after: 0, times: 1 },
      ],
    }),
    { do: 'crash', down: 1 },
  ],
  'an upload that fails as its job is interrupted fails no other attempt': [
    create('a', {
      run: 1,
      rehearsal: [
        { does: 'fail-store write', times: 1 },
        { does: 'interrupt', stage: 'training', after: 1, times: 1 },
      ],
    }),
  ],
  'a command that has ended is killed by no rehearsal, nor by a server that starts again': [
    create('a', { run: 40, hosts: [{ code: 0, at: 3 }, {}], rehearsal: [ends({ by: 'kill', host: 1, after: 5.5 })] }),
    { do: 'advance', by: 10_000 },
    { do: 'crash', down: 0 },
  ],
  'a command that is killed in its grace is not waited for any longer': [
    create('a', {
      run: 300,
      hosts: [{ code: 1, at: 1 }, {}],
      ignoresTerm: true,
      rehearsal: [ends({ by: 'kill', host: 2, after: 5.5 })],
    }),
  ],
  'SIGTERM is withheld for as long as the rehearsal says also where the server is dropped meanwhile': [
    create('a', { run: 300, rehearsal: [{ does: 'hang', while: 'stopping', lasts: 30, times: 1 }] }),
    { do: 'advance', by: 10_000 },
    { do: 'stop', name: 'a' },
    { do: 'advance', by: 10_000 },
    { do: 'crash', down: 3000 },
  ],
  'a launch goes on after the server was dropped, also of a job that was updated meanwhile': [
    create('a', { launch: 5 }),
    { do: 'advance', by: 1000 },
    { do: 'update', name: 'a', what: 'profiler' },
    { do: 'crash', down: 0 },
  ],
  'a spot job whose place is asked back before it is recorded gives it back': [
    create('a', { ...ALL_GPUS, maxWait: 3600 }),
    { do: 'crash during', request: { do: 'create', name: 'b', job: { ...JOB, ...ALL_GPUS } }, turns: 4, down: 0 },
  ],
  'the journal says when an interrupted job has given its place back, and not when it was interrupted': [
    create('a', {
      upload: 5,
      rehearsal: [{ does: 'interrupt', stage: 'uploading', after: 1, times: 1 }],
    }),
  ],
  'commands that were over before an interruption are not ended once more when the server starts again': [
    create('b', {
      launch: 0,
      download: 0,
      run: 300,
      hosts: [{ code: 1, at: 0 }, {}],
      ignoresTerm: true,
    }),
    { do: 'advance to next', off: 0 },
    { do: 'interrupt', name: 'b' },
    { do: 'crash', down: 0 },
  ],
  'a job whose time is up as it gives its place back is stopped once': [
    create('a', { launch: 0, download: 2, maxRuntime: 7, maxWait: 7, ignoresTerm: true }),
    { do: 'advance', by: 3000 },
    { do: 'interrupt', name: 'a' },
    { do: 'advance', by: 5000 },
  ],
  'what comes of one moment may be a long row of commits: it is waited for': [
    create('a', { rehearsal: [{ does: 'interrupt', stage: 'training', after: 0, times: 1 }] }),
  ],
  'a job that is created again while it takes up the last of its quota is there already': [
    create('B', { hosts: [{}, {}, {}], maxWait: 3600 }),
    create('b', { hosts: [{}, {}], maxWait: 3600 }),
  ],
  'an interrupted job does not get back the GPU that another has by now when the server starts again': [
    create('a', { ...ALL_GPUS, maxWait: 3600 }),
    { do: 'advance', by: 1000 },
    create('b', { ...ALL_GPUS }),
    { do: 'crash', down: 0 },
  ],
  'a server that closes lets go of the places of its jobs without giving them to others': [
    create('a', { gpus: 1 }),
    create('c', { gpus: 1, hosts: [{}, {}], maxWait: 3600 }),
    create('b', { ...ALL_GPUS, launch: 10_000 }),
    { do: 'restart', down: 0 },
  ],
}

for (const [name, program] of Object.entries(KEPT)) test(name, () => play(program))
