import type { Scope } from '../../store/store.ts'

/** The name is in lower case in the ARN and keeps its case elsewhere (behaviour 2.4). */
export function trainingJobArn({ account, region }: Scope, name: string): string {
  return `arn:aws:sagemaker:${region}:${account}:training-job/${name.toLowerCase()}`
}
