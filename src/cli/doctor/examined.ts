import type { JobUser } from '../../agent/messages.ts'
import type { Config } from '../../config/config.ts'

/** What doctor examines the machine for: a server on this data folder, started by this user. */
export interface Examined {
  /** As the user named it; may not exist yet. */
  readonly dataFolder: string
  /** A folder of doctor's own on the same disk, gone when it ends. */
  readonly folder: string
  readonly config: Config
  /** Whom jobs run as, where that is another user. */
  readonly jobUser?: JobUser
  readonly environment: Readonly<Record<string, string | undefined>>
}
