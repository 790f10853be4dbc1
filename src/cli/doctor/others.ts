import { had, missing, type Finding } from './finding.ts'
import { tryProgram, type Tried } from './try-program.ts'

const GPUS = { group: 'others', name: 'GPUs' } as const
const DOCKER = { group: 'others', name: 'Docker' } as const
const SLURM = { group: 'others', name: 'Slurm' } as const

/** What a server makes use of where it is there, or may one day: none of it is needed. */
export async function examineOthers(): Promise<readonly Finding[]> {
  const [gpus, docker, slurm] = await Promise.all([
    tryProgram('nvidia-smi', '--query-gpu=name', '--format=csv,noheader'),
    tryProgram('docker', 'version', '--format', '{{.Server.Version}}'),
    tryProgram('sinfo', '--version'),
  ])
  return [gpuFinding(gpus), dockerFinding(docker), slurmFinding(slurm)]
}

function gpuFinding(gpus: Tried): Finding {
  if (gpus.worked) return had(GPUS, gpus.stdout.trim().split('\n').join(', '))
  const detail = gpus.installed ? gpus.reason : 'none that nvidia-smi knows'
  return missing(GPUS, { detail, why: 'Jobs compute on the processors; asking for a GPU instance type is no error.' })
}

function dockerFinding(docker: Tried): Finding {
  if (docker.worked) return had(DOCKER, `${docker.stdout.trim()}; not used by this version`)
  const detail = docker.installed ? 'installed, but no engine answers' : docker.reason
  return missing(DOCKER, { detail, why: 'Not needed: jobs run as processes, and images stand for environments.' })
}

function slurmFinding(slurm: Tried): Finding {
  if (slurm.worked) return had(SLURM, `${slurm.stdout.trim()}; not used by this version`)
  return missing(SLURM, {
    detail: slurm.installed ? slurm.reason : 'not installed',
    why: 'Not needed: jobs run on this machine.',
  })
}
