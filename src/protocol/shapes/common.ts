import { choice, flag, integer, text } from './declare.ts'

/** Shapes that several others share. Members, limits and patterns as the service's model has them; a test compares them. */

export const AlgorithmImage = text({ min: 0, max: 255, pattern: '.*' })

export const TrainingInputMode = choice(['Pipe', 'File', 'FastFile'])

export const Boolean = flag()

export const S3Uri = text({ min: 0, max: 1024, pattern: '(https|s3)://([^/]+)/?(.*)' })

export const InstanceGroupName = text({ min: 1, max: 64, pattern: '.+' })

export const AcceptEula = flag()

export const DirectoryPath = text({ min: 0, max: 4096, pattern: '.*' })

export const KmsKeyId = text({ min: 0, max: 2048, pattern: '[a-zA-Z0-9:/_-]*' })

export const OptionalVolumeSizeInGB = integer({ min: 0 })
