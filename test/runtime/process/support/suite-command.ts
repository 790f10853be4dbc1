import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import type { Isolation } from '../../../../src/agent/messages.ts'
import type { Bench } from './bench.ts'
import { ML } from './bench.ts'

/** What a command finds around it, and what comes of how it ends. */
export function commandTests(bench: () => Bench, isolation: Isolation): void {
  const boxed = isolation === 'bwrap' || isolation === 'unshare'

  describe('a command', () => {
    test('has exactly the environment that is promised', async () => {
      const variables = { PLAIN: 'x', QUOTED: `it's "a"\n$b \\`, UID: '5', IFS: 'x', LD_PRELOAD: '' }
      const command = ['/bin/cat', '/proc/self/environ']
      const subject = await bench().launchCommand(command, { variables, python: '/srv/env/bin/python' })
      assert.deepEqual(await subject.run(), { kind: 'exited', code: 0 })
      const found = subject.log.split('\0').filter((entry) => entry !== '')
      const home = boxed ? '/tmp/home' : `${subject.place.scratch}/home`
      const expected = [
        'PATH=/srv/env/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        `HOME=${home}`,
        'LANG=C.UTF-8',
        'PYTHONUNBUFFERED=1',
        `TRAINYARD_INSTANCE=${subject.spec.id.jobId}/1/algo-1`,
        ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
        ...(isolation === 'base-dir' ? [`SAGEMAKER_BASE_DIR=${subject.place.ml}`] : []),
      ]
      assert.deepEqual(found.sort(), expected.sort())
    })

    test('has standard input, output and error, and no other descriptor of ours', async () => {
      const subject = await bench().launch(
        'for d in 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$d ] && readlink /proc/$$/fd/$d; done; readlink /proc/$$/fd/0',
      )
      await subject.run()
      assert.deepEqual(
        subject.log
          .trim()
          .split('\n')
          .filter((line) => line.includes('trainyard') || line === '/dev/null'),
        ['/dev/null'],
      )
    })

    test('runs in its /opt/ml, which is laid out and writable', async () => {
      const subject = await bench().launch(
        `pwd; cd ${ML}; find . | sort; cat input/config/hyperparameters.json; touch model/m output/data/d output/failure input/data/a/new; ls -ld . | cut -c1-10`,
        { channels: ['a'] },
      )
      assert.deepEqual(await subject.run(), { kind: 'exited', code: 0 })
      const folders = [
        '.',
        './input',
        './input/config',
        './input/config/hyperparameters.json',
        './input/data',
        './input/data/a',
        './model',
        './output',
        './output/data',
      ]
      const pwd = isolation === 'base-dir' ? subject.place.ml : '/opt/ml'
      const lines = subject.log.trim().split('\n')
      assert.ok(lines[0] === pwd || lines[0] === subject.place.ml, lines[0])
      assert.deepEqual(lines.slice(1), [...folders, '{"epochs":"3"}drwxr-xr-x'])
    })

    test('has a home and a temporary folder to write to, and a name', async () => {
      const subject = await bench().launch(
        'touch ~/x /tmp/x-$$ && rm -f /tmp/x-$$ && getent passwd $(id -u) >/dev/null && echo fine',
      )
      await subject.run()
      if (boxed || process.getuid?.() !== 0) assert.equal(subject.log, 'fine\n')
    })

    for (const [script, end] of [
      ['exit 0', { kind: 'exited', code: 0 }],
      ['exit 1', { kind: 'exited', code: 1 }],
      ['exit 7', { kind: 'exited', code: 7 }],
      // As a container engine reports a kill; who exits so himself is taken for killed.
      ['exit 137', { kind: 'signalled', code: 137 }],
    ] as const) {
      test(`that ends with \`${script}\` is reported so`, async () => {
        const subject = await bench().launch(script)
        assert.deepEqual(await subject.run(), end)
        assert.deepEqual(await subject.instance.wait({}), end)
      })
    }

    test('that dies of a fault of its memory is reported as signal 11', async () => {
      const subject = await bench().launchCommand([
        '/usr/bin/env',
        'python3',
        '-c',
        'import ctypes; ctypes.string_at(0)',
      ])
      assert.deepEqual(await subject.run(), { kind: 'signalled', code: 139 })
    })

    test('that the request does not name is our launcher, in the environment’s python', async () => {
      const subject = await bench().launchCommand(undefined, { python: '/usr/bin/python3' })
      const end = await subject.run()
      assert.ok(end.kind === 'exited' && end.code !== 0 && end.code !== 127, JSON.stringify(end))
      assert.match(subject.log, /resourceconfig\.json cannot be read/)
    })

    test('that does not exist ends with 127, as in a container', async () => {
      const subject = await bench().launchCommand(['/no/such/program', 'train'])
      assert.deepEqual(await subject.run(), { kind: 'exited', code: 127 })
      assert.match(subject.log, /no\/such\/program/)
    })

    test('says why it failed in a plain file, of which the first 1024 characters are kept', async () => {
      const subject = await bench().launch(`printf '%01100d' 7 >${ML}/output/failure; exit 3`)
      assert.deepEqual(await subject.run(), { kind: 'exited', code: 3, failure: '0'.repeat(1024) })
    })

    test('cannot make its failure file a trap', async () => {
      const traps = [
        'mkfifo failure',
        'ln -s /etc/passwd failure',
        'mkdir failure',
        'rm -r data && cd .. && rm -r output && ln -s /etc output',
        'ln -s failure failure',
      ]
      for (const trap of traps) {
        const subject = await bench().launch(`cd ${ML}/output && ${trap}; exit 3`)
        assert.deepEqual(await subject.run(), { kind: 'exited', code: 3 }, trap)
      }
    })

    test('finds its own word for failure behind a link that stays in its workspace', async () => {
      const subject = await bench().launch(`cd ${ML}/output && echo broken >data/why && ln -s data/why failure; exit 3`)
      assert.deepEqual(await subject.run(), { kind: 'exited', code: 3, failure: 'broken\n' })
    })
  })

  if (!boxed) return
  describe('a box', () => {
    test('gives a name, a pid namespace, its own /tmp and /dev/shm, and its host in /etc/hosts', async () => {
      const subject = await bench().launch(
        'hostname; echo $$; ls -A /tmp /dev/shm; getent ahostsv4 algo-1 | head -n 1 | cut -d" " -f1; ls /proc | grep -c "^[0-9]"',
      )
      await subject.run()
      const lines = subject.log.trim().split('\n')
      assert.deepEqual(lines.slice(0, 2), ['algo-1', '1'])
      assert.ok(lines.includes('127.0.0.1'))
      assert.ok(Number(lines.at(-1)) < 10)
      assert.deepEqual(lines.slice(2, 6), ['/dev/shm:', '', '/tmp:', 'home'])
    })

    test('hides the data folder, whatever the job does', async () => {
      const folder = bench().dataFolder
      const secret = bench().blob('secret', 'the stored object')
      const subject = await bench().launch(
        `ls -A ${folder}; cat ${secret}; umount ${folder}; unshare -r umount ${folder}; grep -c . /proc/1/root${secret}; ls -A ${folder}`,
      )
      await subject.run()
      assert.doesNotMatch(subject.log, /the stored object|store\.db|^jobs|^objects/m)
    })

    test('takes every privilege away', async () => {
      const subject = await bench().launch(
        'grep -E "^(Cap(Prm|Eff|Bnd|Amb)|NoNewPrivs|Groups)" /proc/self/status; id -u; mount -t tmpfs x /mnt',
      )
      await subject.run()
      const uid = process.getuid?.() === 0 ? '59484' : String(process.getuid?.())
      assert.ok(subject.log.includes(`\n${uid}\n`), subject.log)
      assert.match(subject.log, /CapEff:\t0+\n/)
      assert.match(subject.log, /mount: /)
      if (process.getuid?.() === 0) assert.match(subject.log, /CapBnd:\t0+\n[^]*NoNewPrivs:\t1/)
    })

    test('leaves nothing mounted on the machine', async () => {
      const before = execFileSync('cat', ['/proc/self/mounts'], { encoding: 'utf8' })
      const subject = await bench().launch('exit 0')
      await subject.run()
      assert.equal(execFileSync('cat', ['/proc/self/mounts'], { encoding: 'utf8' }), before)
    })
  })
}
