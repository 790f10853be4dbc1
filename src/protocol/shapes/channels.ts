import type { Static } from 'typebox'
import { choice, list, long, optional, structure, text } from './declare.ts'
import { AcceptEula, DirectoryPath, InstanceGroupName, S3Uri, TrainingInputMode } from './common.ts'

/** InputDataConfig: channels and where their data lies. Members, limits and patterns as the service's model has them; a test compares them. */

export const ChannelName = text({ min: 1, max: 64, pattern: '[A-Za-z0-9\\.\\-_]+' })

export const S3DataType = choice(['ManifestFile', 'S3Prefix', 'AugmentedManifestFile', 'Converse'])

export const S3DataDistribution = choice(['FullyReplicated', 'ShardedByS3Key'])

export const AttributeName = text({ min: 1, max: 256, pattern: '.+' })

export const AttributeNames = list(AttributeName, { min: 0, max: 16 })

export const InstanceGroupNames = list(InstanceGroupName, { min: 0, max: 5 })

export const ModelAccessConfig = structure({
  AcceptEula: AcceptEula,
})

export const HubContentArn = text({ min: 0, max: 255, pattern: '.*' })

export const HubAccessConfig = structure({
  HubContentArn: HubContentArn,
})

export const S3DataSource = structure({
  S3DataType: S3DataType,
  S3Uri: S3Uri,
  S3DataDistributionType: optional(S3DataDistribution),
  AttributeNames: optional(AttributeNames),
  InstanceGroupNames: optional(InstanceGroupNames),
  ModelAccessConfig: optional(ModelAccessConfig),
  HubAccessConfig: optional(HubAccessConfig),
})

export const FileSystemId = text({ min: 11, max: 21, pattern: '(fs-[0-9a-f]{8,})' })

export const FileSystemAccessMode = choice(['rw', 'ro'])

export const FileSystemType = choice(['EFS', 'FSxLustre'])

export const FileSystemDataSource = structure({
  FileSystemId: FileSystemId,
  FileSystemAccessMode: FileSystemAccessMode,
  FileSystemType: FileSystemType,
  DirectoryPath: DirectoryPath,
})

export const HubDataSetArn = text({
  min: 0,
  max: 2048,
  pattern:
    '(arn:[a-z0-9-\\.]{1,63}:sagemaker:\\w+(?:-\\w+)+:(\\d{12}|aws):hub-content\\/)[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}\\/DataSet\\/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}(\\/\\d{1,4}.\\d{1,4}.\\d{1,4})?',
})

export const DatasetSource = structure({
  DatasetArn: HubDataSetArn,
})

export const DataSource = structure({
  S3DataSource: optional(S3DataSource),
  FileSystemDataSource: optional(FileSystemDataSource),
  DatasetSource: optional(DatasetSource),
})

export const ContentType = text({ min: 0, max: 256, pattern: '.*' })

export const CompressionType = choice(['None', 'Gzip'])

export const RecordWrapper = choice(['None', 'RecordIO'])

export const Seed = long()

export const ShuffleConfig = structure({
  Seed: Seed,
})

export const Channel = structure({
  ChannelName: ChannelName,
  DataSource: DataSource,
  ContentType: optional(ContentType),
  CompressionType: optional(CompressionType),
  RecordWrapperType: optional(RecordWrapper),
  InputMode: optional(TrainingInputMode),
  ShuffleConfig: optional(ShuffleConfig),
})
export type Channel = Static<typeof Channel>

export const InputDataConfig = list(Channel, { min: 1, max: 20 })
