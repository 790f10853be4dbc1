import type { OwnAnswer } from './own-answer.ts'
import type { JournalRecord } from '../../store/store.ts'
import type { Call } from '../operation.ts'
import type { SageMakerContext } from '../sagemaker/context.ts'
import { rehearsalReport } from '../../rehearsal/report.ts'
import { jobOfCall } from '../sagemaker/describe-training-job.ts'
import { describedJob } from '../sagemaker/described.ts'

/** A job's journal is short: a few records a stage. */
const LONGEST_JOURNAL = 1000

/**
 * `GET /-/jobs/NAME`: what Describe says, and what it cannot say: the members of the request that are not honoured, which part of the machine it has, what it left, what
 * came of its rehearsal, and the journal.
 * Times of the journal are epoch milliseconds.
 */
export function jobRecord(context: Pick<SageMakerContext, 'store' | 'clock'> & { readonly logsFolder: string }) {
  return async (request: { readonly parameters: Readonly<Record<string, string>> }, call: Call): Promise<OwnAnswer> => {
    const job = await jobOfCall(context.store, request.parameters['name'] ?? '', call)
    const journal = await context.store.journal({ jobId: job.id, after: 0, limit: LONGEST_JOURNAL })
    const artifacts = journal.findLast(({ data }) => 'artifacts' in data)?.data['artifacts']
    const created = journal.find(({ kind }) => kind === 'created')?.data
    const rehearsal = await rehearsalReport(job, journal, context.logsFolder)
    const described: unknown = JSON.parse(describedJob(job, context.clock.now()))
    return {
      status: 200,
      body: {
        job: described,
        notHonoured: journal.flatMap(({ data }) => data['notHonoured'] ?? []),
        ...(job.state.placement ? { placement: job.state.placement } : {}),
        ...(artifacts === undefined ? {} : { artifacts }),
        unknownMembers: created?.['unknownMembers'] ?? [],
        ...(rehearsal ? { rehearsal } : {}),
        journal: journal.map(journalLine),
      },
    }
  }
}

function journalLine({ cursor, kind, time, data }: JournalRecord): object {
  return { cursor, kind, time, data }
}
