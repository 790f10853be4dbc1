/** The two halves of `s3://bucket/key`; the key may be empty. */
export interface S3Location {
  readonly bucket: string
  readonly key: string
}

/** @returns undefined where the text is no s3 URI */
export function parseS3Uri(uri: string): S3Location | undefined {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uri)
  return match ? { bucket: match[1] ?? '', key: match[2] ?? '' } : undefined
}

/** Exactly one slash between the output path and the job's name, whether or not the path ends in one (behaviour 3.10). */
export function outputKey(outputPath: S3Location, jobName: string, file: string): string {
  const prefix = outputPath.key.replace(/\/+$/, '')
  return [...(prefix === '' ? [] : [prefix]), jobName, 'output', file].join('/')
}
