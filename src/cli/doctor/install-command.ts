import { existsSync } from 'node:fs'

/** Package managers by the program that gives them away; names of packages differ only where said. */
const MANAGERS = [
  { program: '/usr/bin/apt-get', install: 'apt-get install -y' },
  { program: '/usr/bin/dnf', install: 'dnf install -y', iproute2: 'iproute', 'python3-venv': 'python3' },
  { program: '/usr/bin/zypper', install: 'zypper install -y', 'python3-venv': 'python3' },
  { program: '/usr/bin/pacman', install: 'pacman -S --noconfirm', 'python3-venv': 'python' },
  { program: '/sbin/apk', install: 'apk add', 'python3-venv': 'python3' },
] as const

type Package = 'bubblewrap' | 'util-linux' | 'iproute2' | 'slirp4netns' | 'python3-venv'

/** The command that installs a package on this machine, named as Debian names it; in words where the package manager is none we know. */
export function installCommand(name: Package): string {
  const manager = MANAGERS.find(({ program }) => existsSync(program))
  if (!manager) return `install ${name}`
  const others: Partial<Record<string, string>> = manager
  return asRoot(`${manager.install} ${others[name] ?? name}`)
}

/** A command as this user has to type it. */
export function asRoot(command: string): string {
  return process.getuid?.() === 0 ? command : `sudo ${command}`
}
