import { mkdir, readFile, realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { systemDurableFiles } from '../../durable/durable-files.ts'
import type { Identity } from '../../identity/identity.ts'
import { isMissing } from '../../util/error-code.ts'
import { setInSection } from './ini-section.ts'

export interface AwsFiles {
  readonly config: string
  readonly credentials: string
}

/** What a profile says. */
export type ProfiledServer = { readonly url: string } & Pick<Identity, 'region' | 'accessKeyId' | 'secretAccessKey'>

/** Where AWS clients look for their files. */
export function awsFiles(environment: Readonly<Record<string, string | undefined>>): AwsFiles {
  const home = join(environment['HOME'] ?? homedir(), '.aws')
  return {
    config: environment['AWS_CONFIG_FILE'] ?? join(home, 'config'),
    credentials: environment['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, 'credentials'),
  }
}

/** Writes a profile that points at a server; everything else in the two files stays as it is, and writing it again changes nothing. */
export async function writeAwsProfile(files: AwsFiles, name: string, server: ProfiledServer): Promise<void> {
  const section = name === 'default' ? name : `profile ${name}`
  await edit(files.config, section, { region: server.region, endpoint_url: server.url })
  await edit(files.credentials, name, {
    aws_access_key_id: server.accessKeyId,
    aws_secret_access_key: server.secretAccessKey,
  })
}

async function edit(path: string, section: string, values: Readonly<Record<string, string>>): Promise<void> {
  const target = await realpath(path).catch(whereMissing(path))
  const text = await readFile(target, 'utf8').catch(whereMissing(''))
  const next = setInSection(text, section, values)
  if (next === text) return
  const mode = (await stat(target).catch(whereMissing(undefined)))?.mode ?? 0o600
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  await systemDurableFiles.write(target, next, { mode: mode & 0o777 })
}

/** The value to take for a file that is not there; anything else that is wrong with it stays an error. */
function whereMissing<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (isMissing(error)) return value
    throw error
  }
}
