import { LOCAL_PYTHON, shellPython } from '../../config/environments.ts'
import type { ServerFacts } from '../../operations/own/server-facts.ts'
import type { CliContext } from '../cli-context.ts'
import type { Connection } from '../server/connection.ts'

/**
 * The name by which the server knows this shell's python. A server that was started from another shell may know it under `environments:`, or not at all: then
 * its own is used, and that is said.
 */
export async function chooseEnvironment({ environment, err }: CliContext, connection: Connection): Promise<string> {
  if (connection.isOwn) return LOCAL_PYTHON
  const mine = shellPython(environment)
  const { environments } = (await connection.client.own('/-/server')) as ServerFacts
  const theirs = environments[LOCAL_PYTHON]
  if (mine === undefined || mine === theirs) return LOCAL_PYTHON
  const configured = Object.entries(environments).find(([, python]) => python === mine)
  if (configured) return configured[0]
  err.lines(
    err.styles.yellow(`The job will not run with this shell's python, ${mine}:`),
    `the running server's ${LOCAL_PYTHON} is ${theirs ?? 'missing'}. To change that, start the server from this shell,`,
    `or name this python under 'environments:' in ${connection.dataFolder}/trainyard.yaml.`,
  )
  return LOCAL_PYTHON
}
