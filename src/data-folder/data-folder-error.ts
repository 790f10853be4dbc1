/** A data folder that a server cannot have. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError'
  readonly code: 'InUse' | 'NotWritable' | 'NetworkFileSystem' | 'BadConfiguration'

  constructor(code: DataFolderError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
