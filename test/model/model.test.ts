import { test } from 'node:test'
import { playPrograms } from './programs.ts'

/**
 * A model of the server against the server itself: both take the same random steps under virtual time, and after each everything that Describe and List show is
 * compared. `steps.ts` says which steps there are, `programs.ts` draws them; `model-job.ts`, `job-events.ts`, `model-made.ts`, `model-rehearsal.ts`, `places.ts`, `model-quotas.ts` and
 * `model-requests.ts` are what the behaviour page and the guides say, in their order, and import nothing of `src/`; `worlds.ts` keeps every world that may be,
 * because some things may come in any order; `real-server.ts` is the whole server, with crashes. What a run finds is shrunk, and stands in `kept-programs.test.ts`
 * once it is mended.
 *
 * `npm run model` plays thousands, and drops servers also while they answer.
 */
const PROGRAMS = { count: 150, midway: false }

test('after every step of a random program each job is as a reader of the behaviour page expects it', async () => {
  await playPrograms(PROGRAMS)
})
