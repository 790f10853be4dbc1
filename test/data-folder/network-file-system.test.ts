import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { isLocalFuse, mountType, networkFileSystem } from '../../src/data-folder/network-file-system.ts'

const MOUNTS = `22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 22 0:40 / /mnt rw - tmpfs none rw
41 40 0:41 / /mnt/lab\\040disk rw,nosuid shared:9 master:2 - fuse.sshfs me@lab:/ rw,user_id=1000
42 40 0:42 / /mnt/usb rw - fuseblk /dev/sdb1 rw
43 40 0:43 / /mnt/over rw - ext4 /dev/vdb rw
44 40 0:44 / /mnt/over rw - fuse.s3fs s3fs rw
`

test('the type of a mount is that of the innermost and last one over a path', () => {
  const types = {
    '/home/me': 'ext4',
    '/mnt': 'tmpfs',
    '/mnt/lab disk/data': 'fuse.sshfs',
    '/mnt/lab disks': 'tmpfs',
    '/mnt/usb': 'fuseblk',
    '/mnt/over/x': 'fuse.s3fs',
  }
  for (const [path, type] of Object.entries(types)) assert.equal(mountType(MOUNTS, path), type, path)
})

test('a FUSE file system is taken for a network one unless it is known to be local', () => {
  for (const type of ['fuse.sshfs', 'fuse.s3fs', 'fuse.gcsfuse', 'fuse', 'virtiofs', undefined]) {
    assert.equal(isLocalFuse(type), false, type)
  }
  for (const type of ['fuseblk', 'fuse.fuse-overlayfs']) assert.equal(isLocalFuse(type), true, type)
})

test('the disk of this machine is none', { skip: process.platform !== 'linux' }, async () => {
  assert.equal(await networkFileSystem(tmpdir()), undefined)
  const mountinfo = await readFile('/proc/self/mountinfo', 'utf8')
  assert.equal(mountType(mountinfo, '/proc'), 'proc')
})
