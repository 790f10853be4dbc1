import { Environments, LOCAL_PYTHON } from '../../config/environments.ts'
import { PythonProbe } from '../../runtime/process/python-access.ts'
import type { Examined } from './examined.ts'
import { had, missing, type Finding } from './finding.ts'
import { installCommand } from './install-command.ts'

/** Every environment that a job may name, each python run as the user that jobs run as. */
export async function examinePythons({ config, environment, jobUser }: Examined): Promise<readonly Finding[]> {
  const environments = new Environments(config, environment)
  const probe = new PythonProbe(jobUser)
  const names = [LOCAL_PYTHON, ...Object.keys(config.environments)]
  const findings = await Promise.all(names.map((name) => examine(name, environments.resolve(name)?.python, probe)))
  // One of them is enough for jobs to run.
  if (!findings.some((finding) => finding.had)) return findings
  return findings.map((finding) => ({ ...finding, required: false }))
}

async function examine(name: string, python: string | undefined, probe: PythonProbe): Promise<Finding> {
  const sought = { group: 'python', name, required: true } as const
  const why = `Jobs whose image stands for ${name} are refused.`
  if (python === undefined)
    return missing(sought, { detail: 'there is no python on the path', why, cure: installCommand('python3-venv') })
  const access = await probe.access(python)
  if (access.usable) return had(sought, python)
  const cure = /chmod o\+x [^),]+/.exec(access.reason)?.[0]
  return missing(sought, {
    detail: access.reason.replace(/: make it readable.*$/s, '; a python below /usr or /opt would do'),
    why,
    cure,
  })
}
