import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A folder with the files that a tree of control groups has, as they were on a machine with version 2; the kernel's own part is not played. */
export class RecordedTree implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'trainyard-cgroup-'))

  /** @param value undefined for a file that refuses to be written, by being a folder */
  put(path: string, value: string | undefined): void {
    const file = join(this.root, path)
    mkdirSync(dirname(file), { recursive: true })
    if (value === undefined) mkdirSync(file)
    else writeFileSync(file, value)
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8')
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true })
  }
}

const ALL = 'cpuset cpu io memory hugetlb pids rdma misc\n'

/** The groups of a login on Debian with systemd 252, seen from a terminal of user 1000 whose scope systemd made below its own manager. */
export function userTree(): RecordedTree {
  const tree = new RecordedTree()
  const manager = 'user.slice/user-1000.slice/user@1000.service'
  for (const path of ['', 'user.slice/', 'user.slice/user-1000.slice/']) {
    tree.put(`${path}cgroup.controllers`, ALL)
    // They are root's.
    tree.put(`${path}cgroup.subtree_control`, undefined)
  }
  for (const path of [manager, `${manager}/app.slice`]) {
    tree.put(`${path}/cgroup.controllers`, 'cpu memory pids\n')
    tree.put(`${path}/cgroup.subtree_control`, 'cpu memory pids\n')
  }
  const scope = `${manager}/app.slice/run-r1.scope`
  tree.put(`${scope}/cgroup.controllers`, 'memory pids\n')
  tree.put(`${scope}/cgroup.subtree_control`, '')
  return tree
}
