/** A backup that cannot be made or restored; the message says why and what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
  readonly code: 'NotABackup' | 'NotEmpty' | 'Incomplete' | 'InUse' | 'Overlapping' | 'TooBusy' | 'NewerBackup'

  constructor(code: BackupError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
