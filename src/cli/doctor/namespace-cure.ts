import { readFileSync } from 'node:fs'
import { asRoot } from './install-command.ts'

/** The least of what lets a container make them (docs/guides/run-as-a-service.md). */
const NAMESPACES_IN_A_CONTAINER =
  '--cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined'

/**
 * What lets namespaces be made. The setting of the kernel that stands in the way, if it says so; what bwrap and unshare print is not enough to tell.
 *
 * @param reason what bwrap or unshare has said
 * @param setting one of the kernel's by its name; undefined where this kernel has none
 */
export function namespaceCure(reason: string, setting: (name: string) => string | undefined = kernelSetting): string {
  if (setting('user/max_user_namespaces') === '0') return asRoot('sysctl -w user.max_user_namespaces=15000')
  if (setting('kernel/unprivileged_userns_clone') === '0') return asRoot('sysctl -w kernel.unprivileged_userns_clone=1')
  const byAppArmor = /uid map|uid_map|RTM_NEWADDR|Permission denied/.test(reason)
  if (byAppArmor && setting('kernel/apparmor_restrict_unprivileged_userns') === '1')
    return asRoot('sysctl -w kernel.apparmor_restrict_unprivileged_userns=0')
  return `inside a container: start it with ${NAMESPACES_IN_A_CONTAINER}, or with --privileged; else allow user namespaces to this user`
}

function kernelSetting(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim()
  } catch {
    return undefined
  }
}
