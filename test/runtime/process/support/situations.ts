import { spawn, spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Isolation } from '../../../../src/agent/messages.ts'

/** A file of tests, and what it is told beside the isolation. */
export interface Suite {
  readonly file: 'suite.ts' | 'network-suite.ts'
  readonly args: readonly string[]
}

/** A user and a set of rights under which a machine may run a server. */
export interface Situation {
  readonly name: string
  readonly isolation: Isolation
  /** Comes before the command line that runs the tests. */
  readonly prefix: readonly string[]
  /** What must work for it; without it the situation cannot be made here. */
  readonly needs: readonly (readonly string[])[]
}

const AS_ROOT = process.getuid?.() === 0
const NOBODY = 65_534
const REPOSITORY = resolve(import.meta.dirname, '../../../..')
const SUPPORT = join(REPOSITORY, 'test/runtime/process/support')
const SUITE = join(SUPPORT, 'suite.ts')

/** As root the ordinary user is nobody; else it is whoever runs the tests. */
const user = AS_ROOT ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'] : []
const uid = AS_ROOT ? NOBODY : process.getuid?.()
const gid = AS_ROOT ? NOBODY : process.getgid?.()
/** Really without namespaces: in a user namespace that allows no more of them, with every capability given up. */
const withoutNamespaces = [
  ...['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--keep-caps', '--'],
  ...[
    'sh',
    '-c',
    'echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --ambient-caps=-all --inh-caps=-all --bounding-set=-all "$@"',
    'sh',
  ],
]
/** As in a container that may not mount, nor look into other users' processes. */
const rootWithoutMounts = ['setpriv', '--bounding-set=-sys_admin,-sys_ptrace', '--']
/** What `sudo trainyard setup` does, seen by one process only: the machine's own /opt stays as it is. */
const withLink = (target: string) => [
  ...['unshare', '--mount', '--propagation', 'private', '--'],
  ...['sh', '-c', 'mount -t tmpfs test /opt && ln -s "$1"/current /opt/ml && shift && exec "$@"', 'sh', target],
]

const BWRAP = ['bwrap', '--ro-bind', '/', '/', '--unshare-user', 'true']
const UNSHARE = ['unshare', '--user', '--map-root-user', '--mount', 'true']
const ROOT = ['test', String(process.getuid?.()), '=', '0']

export const SITUATIONS: readonly Situation[] = [
  {
    name: 'root with bubblewrap',
    isolation: 'bwrap',
    prefix: [],
    needs: [ROOT, ['bwrap', '--bind', '/', '/', 'true']],
  },
  { name: 'root with unshare', isolation: 'unshare', prefix: [], needs: [ROOT, ['unshare', '--mount', 'true']] },
  { name: 'root that may not mount, without /opt/ml', isolation: 'base-dir', prefix: rootWithoutMounts, needs: [ROOT] },
  { name: 'a user with bubblewrap', isolation: 'bwrap', prefix: user, needs: [[...user, ...BWRAP]] },
  { name: 'a user with unshare', isolation: 'unshare', prefix: user, needs: [[...user, ...UNSHARE]] },
  {
    name: 'a user without namespaces, without /opt/ml',
    isolation: 'base-dir',
    prefix: [...user, ...withoutNamespaces],
    needs: [[...user, ...UNSHARE]],
  },
  {
    name: 'a user without namespaces, with the link of setup',
    isolation: 'link',
    prefix: [...user, ...withoutNamespaces],
    needs: [ROOT, ['unshare', '--mount', 'true'], [...user, ...UNSHARE]],
  },
]

/** A device for the way to other machines that anyone, or no one, may use: in these processes' eyes, the machine's own stays as it is. */
const withTun = (make: string) => [
  ...['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c'],
  `set -e; mkdir -p /dev/net; mount -t tmpfs test /dev/net; ${make}; exec "$@"`,
  'sh',
]
const TUN = {
  open: withTun('mknod /dev/net/tun c 10 200; chmod 666 /dev/net/tun'),
  // Can be opened and is no such device: what comes of that is found out by trying.
  closed: withTun('ln -s /dev/null /dev/net/tun'),
} as const

/** As a machine of systemd has its mounts: each is told of what is mounted in the others, and /tmp is one of its own: of what was there, because these sources may be below it. */
const sharedMounts = [
  ...['unshare', '--mount', '--propagation', 'private', '--'],
  ...['sh', '-c', 'mount --bind /tmp /tmp && mount --make-rshared / && exec "$@"', 'sh'],
]

type NetworkSituation = Situation & { readonly uplink: keyof typeof TUN }

/** The situations with namespaces, each with a way to other machines and without one; with bubblewrap also one where mounts are shared. */
export const NETWORK_SITUATIONS: readonly NetworkSituation[] = SITUATIONS.filter(
  ({ isolation }) => isolation === 'bwrap' || isolation === 'unshare',
).flatMap((situation) => {
  const { name, isolation, prefix } = situation
  const plain = [withNetwork(situation, 'open'), withNetwork(situation, 'closed')]
  if (isolation !== 'bwrap') return plain
  const shared = withNetwork({ ...situation, prefix: [...sharedMounts, ...prefix] }, 'open')
  return [...plain, { ...shared, name: `${name}, with a way out, mounts shared` }]
})

function withNetwork(situation: Situation, uplink: keyof typeof TUN): NetworkSituation {
  return {
    ...situation,
    name: `${situation.name}, ${uplink === 'open' ? 'with a way out' : 'without a way out'}`,
    uplink,
    prefix: [...TUN[uplink], ...situation.prefix],
    needs: [
      ROOT,
      ...situation.needs,
      ['ip', '-V'],
      [...TUN[uplink], 'true'],
      ...(uplink === 'open' ? [['slirp4netns', '--version']] : []),
    ],
  }
}

/** @returns why this machine cannot make the situation; undefined where it can */
export function missing({ needs }: Situation): string | undefined {
  const failed = needs.find(([program = '', ...args]) => spawnSync(program, args).status !== 0)
  return failed && `this machine does not allow \`${failed.join(' ')}\``
}

/** Runs all tests of the suite in the situation. @returns how they ended, and what was printed */
export async function runSuite(
  { isolation, prefix }: Situation,
  suite: Suite = { file: 'suite.ts', args: [] },
): Promise<{ readonly passed: boolean; readonly output: string }> {
  const linkFolder = mkdtempSync('/var/tmp/trainyard-test-link-')
  if (AS_ROOT) chownSync(linkFolder, NOBODY, NOBODY)
  try {
    const run = [
      ...(isolation === 'link' ? withLink(linkFolder) : []),
      ...prefix,
      process.execPath,
      join(SUPPORT, suite.file),
      isolation,
      ...suite.args,
    ]
    const [program = '', ...args] = readable(run)
    // Under a runner's own variables the suite would report to it instead of to us.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const child = spawn(program, args, { cwd: '/', env: { ...env, HOME: '/tmp' }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const code = await new Promise((done) => child.once('close', done))
    return { passed: code === 0, output }
  } finally {
    rmSync(linkFolder, { recursive: true })
  }
}

/** A clone in root's home is closed to nobody: it is then shown at /mnt, to these processes alone. */
function readable(command: readonly string[]): readonly string[] {
  const [program, ...args] = [...user, 'test', '-r', SUITE, '-a', '-x', process.execPath]
  if (!AS_ROOT || spawnSync(program, args).status === 0) return command
  const show = [
    'unshare',
    '--mount',
    '--propagation',
    'private',
    '--',
    'sh',
    '-c',
    'mount --rbind "$1" /mnt && shift && exec "$@"',
    'sh',
    REPOSITORY,
  ]
  return [
    ...show,
    ...command.map((part) => (part.startsWith(`${REPOSITORY}/`) ? part.replace(REPOSITORY, '/mnt') : part)),
  ]
}
