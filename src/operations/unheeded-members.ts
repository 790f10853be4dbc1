/**
 * Members of inputs that this server takes and does nothing with, or refuses: for every service but S3, whose own tables say so, and for every operation but
 * CreateTrainingJob, whose members have a table of their own. Whatever is not here is honoured.
 */
export interface UnheededMember {
  readonly service: string
  readonly operation: string
  readonly member: string
  /** `partly refused`: for some of its values, or a part of it. */
  readonly treatment: 'without effect' | 'refused' | 'partly refused'
  readonly note: string
}

export const UNHEEDED_MEMBERS: readonly UnheededMember[] = [
  row('logs.DescribeLogGroups.includeLinkedAccounts', 'without effect', 'no accounts are linked'),
  row('logs.FilterLogEvents.interleaved', 'without effect', 'events always come in the order of their times'),
  row('logs.FilterLogEvents.unmask', 'without effect', 'nothing is masked'),
  row('logs.FilterLogEvents.startFromHead', 'partly refused', 'where it is false: the earliest events come first'),
  row('logs.FilterLogEvents.filterPattern', 'partly refused', 'JSON, space-delimited and regular expression patterns'),
  row('logs.GetLogEvents.unmask', 'without effect', 'nothing is masked'),
  row('logs.StartLiveTail.logGroupIdentifiers', 'refused', 'poll with FilterLogEvents or GetLogEvents'),
  row('logs.StartLiveTail.logStreamNames', 'refused', 'as the whole operation'),
  row('logs.StartLiveTail.logStreamNamePrefixes', 'refused', 'as the whole operation'),
  row('logs.StartLiveTail.logEventFilterPattern', 'refused', 'as the whole operation'),
  row('monitoring.GetMetricData.LabelOptions', 'without effect', 'labels have no times in them'),
  row('monitoring.GetMetricData.MetricDataQueries[].Expression', 'refused', 'no metric math and no SQL'),
  row('monitoring.GetMetricStatistics.ExtendedStatistics', 'refused', 'statistics are kept, single values are not'),
  row('monitoring.ListMetrics.IncludeLinkedAccounts', 'without effect', 'no accounts are linked'),
  row('monitoring.PutMetricData.EntityMetricData[].Entity', 'without effect', 'the data is kept without its entity'),
  row('monitoring.PutMetricData.StrictEntityValidation', 'without effect', 'entities are not kept'),
  row('sagemaker.ListTags.NextToken', 'refused', 'all tags of a job are one page, so no token is ever given out'),
  row('sagemaker.ListTags.MaxResults', 'without effect', 'the smallest page holds all tags of a job'),
  row('sagemaker.Search.Resource', 'partly refused', 'every resource but TrainingJob'),
  row('sagemaker.Search.CrossAccountFilterOption', 'partly refused', 'CrossAccount'),
  row('sagemaker.Search.VisibilityConditions', 'refused', 'everybody of an account sees its jobs'),
  row('sagemaker.UpdateTrainingJob.ProfilerConfig', 'without effect', 'the job is not profiled'),
  row('sagemaker.UpdateTrainingJob.ProfilerRuleConfigurations', 'without effect', 'rules are not evaluated'),
  row('sagemaker.UpdateTrainingJob.RemoteDebugConfig', 'without effect', 'remote debugging is not offered'),
]

function row(path: string, treatment: UnheededMember['treatment'], note: string): UnheededMember {
  const [service = '', operation = '', ...member] = path.split('.')
  return { service, operation, member: member.join('.'), treatment, note }
}
