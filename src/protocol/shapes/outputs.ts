import { choice, optional, structure } from './declare.ts'
import { DirectoryPath, KmsKeyId, S3Uri } from './common.ts'

/** Where results, checkpoints and TensorBoard data go. Members, limits and patterns as the service's model has them; a test compares them. */

export const OutputCompressionType = choice(['GZIP', 'NONE'])

export const OutputDataConfig = structure({
  KmsKeyId: optional(KmsKeyId),
  S3OutputPath: S3Uri,
  CompressionType: optional(OutputCompressionType),
})

export const CheckpointConfig = structure({
  S3Uri: S3Uri,
  LocalPath: optional(DirectoryPath),
})

export const TensorBoardOutputConfig = structure({
  LocalPath: optional(DirectoryPath),
  S3OutputPath: S3Uri,
})
