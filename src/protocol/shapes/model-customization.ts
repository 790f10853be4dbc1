import { choice, optional, structure, text } from './declare.ts'
import { AcceptEula } from './common.ts'

/** Serverless jobs, MLflow, model packages. Members, limits and patterns as the service's model has them; a test compares them. */

export const ServerlessJobBaseModelArn = text({
  min: 1,
  max: 2048,
  pattern:
    '(arn:[a-z0-9-\\.]{1,63}:sagemaker:\\w+(?:-\\w+)+:(\\d{12}|aws):hub-content\\/)[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}\\/Model\\/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}(\\/\\d{1,4}.\\d{1,4}.\\d{1,4})?',
})

export const ServerlessJobType = choice(['FineTuning', 'Evaluation'])

export const CustomizationTechnique = choice(['SFT', 'DPO', 'RLVR', 'RLAIF'])

export const Peft = choice(['LORA'])

export const EvaluationType = choice(['LLMAJEvaluation', 'CustomScorerEvaluation', 'BenchmarkEvaluation'])

export const EvaluatorArn = text({ pattern: '.*' })

export const SequenceLength = text({ min: 1, max: 50, pattern: '\\d+K' })

export const ServerlessJobConfig = structure({
  BaseModelArn: ServerlessJobBaseModelArn,
  AcceptEula: optional(AcceptEula),
  JobType: ServerlessJobType,
  CustomizationTechnique: optional(CustomizationTechnique),
  Peft: optional(Peft),
  EvaluationType: optional(EvaluationType),
  EvaluatorArn: optional(EvaluatorArn),
  SequenceLength: optional(SequenceLength),
})

export const MlFlowResourceArn = text({
  min: 0,
  max: 2048,
  pattern: 'arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:mlflow-[a-zA-Z-]*/.*',
})

export const MlflowExperimentName = text({ min: 1, max: 256, pattern: '.*' })

export const MlflowRunName = text({ min: 1, max: 256, pattern: '.*' })

export const MlflowConfig = structure({
  MlflowResourceArn: MlFlowResourceArn,
  MlflowExperimentName: optional(MlflowExperimentName),
  MlflowRunName: optional(MlflowRunName),
})

export const ModelPackageGroupArn = text({
  min: 1,
  max: 2048,
  pattern: 'arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]{9,16}:[0-9]{12}:model-package-group/[\\S]{1,2048}',
})

export const ModelPackageArn = text({
  min: 1,
  max: 2048,
  pattern: 'arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]{9,16}:[0-9]{12}:model-package/[\\S]{1,2048}',
})

export const ModelPackageConfig = structure({
  ModelPackageGroupArn: ModelPackageGroupArn,
  SourceModelPackageArn: optional(ModelPackageArn),
})
