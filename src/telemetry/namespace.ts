/** Of everything that CloudWatch shows of training jobs (behaviour 5.2, 5.3). */
export const TRAINING_JOBS_NAMESPACE = '/aws/sagemaker/TrainingJobs'
