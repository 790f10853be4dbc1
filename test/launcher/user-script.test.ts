import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { LauncherJob, needs, type Ended } from './launcher-fixture.ts'

const BOX = ['unshare', '--user', '--map-root-user', '--pid', '--fork'] as const
const NAMESPACES = needs('namespaces', [...BOX, 'true'])

async function runScript(text: string, name = 'train.py', others: Record<string, string> = {}): Promise<Ended> {
  await using job = await LauncherJob.make({
    hyperparameters: { sagemaker_program: name, epochs: '2' },
    code: { [name]: text, ...others },
  })
  return await job.run()
}

/** Starts a script, and sends a signal once it says that it is ready. */
async function signalled(text: string, signal: NodeJS.Signals, name = 'train.py'): Promise<Ended> {
  await using job = await LauncherJob.make({ hyperparameters: { sagemaker_program: name }, code: { [name]: text } })
  const child = job.start()
  const ended = job.end(child)
  await said(child, 'ready')
  child.kill(signal)
  return await ended
}

async function said(child: ChildProcess, word: string): Promise<void> {
  let text = ''
  while (!text.includes(word)) text += String(await once(child.stdout!, 'data'))
}

test('a script that ends well leaves no failure file, and the log shows what was run', async () => {
  const ended = await runScript('print("hello")\n')
  assert.equal(ended.code, 0)
  assert.equal(ended.failure, undefined)
  assert.match(ended.stdout, /^Running \S*python\S* train\.py --epochs 2\nhello\n$/)
  assert.equal(ended.stderr, '')
})

test('an exception becomes the failure, with its place in the user’s code', async () => {
  const text = 'def main():\n    raise ValueError("no digits")\n\nmain()\n'
  const ended = await runScript(text)
  assert.equal(ended.code, 1)
  assert.match(
    ended.failure ?? '',
    /^ExecuteUserScriptError:\nExitCode 1\nErrorMessage "ValueError: no digits \(train\.py, line 2, in main\)"\nCommand "\S*python\S* train\.py --epochs 2"$/,
  )
})

test('the traceback of an exception is the one that Python shows by itself', async () => {
  const ended = await runScript('def main():\n    raise ValueError("no digits")\n\nmain()\n')
  assert.match(
    ended.stderr,
    /^Traceback \(most recent call last\):\n {2}File "[^"]*\/code\/train\.py", line 4, in <module>/,
  )
  assert.equal(ended.stderr.includes('user_script'), false)
})

test('the place is the last one in the user’s own code, not in a library’s', async () => {
  const ended = await runScript('import json\n\njson.loads("{")\n')
  assert.match(ended.failure ?? '', /JSONDecodeError: .* \(train\.py, line 3, in <module>\)/)
})

test('a syntax error is a failure of the user’s code', async () => {
  const ended = await runScript('def main(:\n')
  assert.equal(ended.code, 1)
  assert.match(ended.failure ?? '', /SyntaxError/)
})

test('the code of sys.exit is the exit code of the job', async () => {
  const ended = await runScript('import sys\nsys.exit(7)\n')
  assert.equal(ended.code, 7)
  assert.match(ended.failure ?? '', /^ExecuteUserScriptError:\nExitCode 7\nErrorMessage ""\nCommand /)
})

test('a text given to sys.exit is shown and is the message of the failure', async () => {
  const ended = await runScript('import sys\nsys.exit("no digit in train")\n')
  assert.equal(ended.code, 1)
  assert.equal(ended.stderr, 'no digit in train\n')
  assert.match(ended.failure ?? '', /\nErrorMessage "no digit in train"\n/)
})

test('sys.exit of nothing and of zero are success', async () => {
  for (const status of ['', '0', 'False']) {
    const ended = await runScript(`import sys\nsys.exit(${status})\n`)
    assert.equal(ended.code, 0)
    assert.equal(ended.failure, undefined)
  }
})

test('a failure file that the script wrote stands', async () => {
  const ended = await runScript(
    'import os\nos.makedirs(os.environ["SM_OUTPUT_DIR"])\nopen(os.environ["SM_OUTPUT_DIR"] + "/failure", "w").write("mine")\nraise ValueError("ours")\n',
  )
  assert.equal(ended.code, 1)
  assert.equal(ended.failure, 'mine')
})

test('a message of any length leaves room for all parts of the failure', async () => {
  const ended = await runScript('raise ValueError("x" * 5000 + " at the end")\n')
  assert.ok((ended.failure ?? '').length <= 1024)
  assert.match(ended.failure ?? '', / at the end \(train\.py, line 1, in <module>\)"\nCommand /)
})

test('SIGTERM reaches the script itself, once', async () => {
  const text = [
    'import signal, sys, time',
    'def stop(*_):',
    '    print("saving", flush=True)',
    '    sys.exit(0)',
    'signal.signal(signal.SIGTERM, stop)',
    'print("ready", flush=True)',
    'while True: time.sleep(0.1)',
  ].join('\n')
  const ended = await signalled(text, 'SIGTERM')
  assert.equal(ended.code, 0)
  assert.equal(ended.stdout.match(/saving/g)?.length, 1)
  assert.equal(ended.failure, undefined)
})

test('a script without a handler dies of the signal, as it would without the launcher', async () => {
  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGSEGV'] as const) {
    const ended = await signalled('import time\nprint("ready", flush=True)\ntime.sleep(60)\n', signal)
    assert.equal(ended.signal, signal)
  }
})

test(
  'SIGTERM ends a script that is process 1 and has no handler, and its children as they are used to',
  NAMESPACES,
  async () => {
    const text = [
      'import multiprocessing, os, time',
      'child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))',
      'child.start()',
      'child.terminate()',
      'child.join()',
      'print("process", os.getpid(), "child ended by", child.exitcode, "ready", flush=True)',
      'time.sleep(60)',
    ].join('\n')
    await using job = await LauncherJob.make({
      hyperparameters: { sagemaker_program: 'train.py' },
      code: { 'train.py': text },
    })
    const child = job.start({}, BOX)
    const ending = job.end(child)
    await said(child, 'ready')
    const [first = 0] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ').map(Number)
    process.kill(first, 'SIGTERM')
    const ended = await ending
    assert.match(ended.stdout, /process 1 child ended by -15 ready/)
    assert.equal(ended.code, 143)
  },
)

test('a shell script is run by what its first line names, and its exit code is the job’s', async () => {
  const ended = await runScript(
    '#!/usr/bin/env bash\nwords=(a b)\necho "${words[1]} $@ $SM_HP_EPOCHS"\nexit 3\n',
    'train.sh',
  )
  assert.equal(ended.code, 3)
  assert.match(ended.stdout, /\nb --epochs 2 2\n$/)
})

test('a shell script without a first line is run by /bin/sh', async () => {
  const ended = await runScript('echo "$0 $1"\n', 'train.sh')
  assert.equal(ended.code, 0)
  assert.match(ended.stdout, /code\/train\.sh --epochs\n$/)
})

test('SIGTERM reaches a shell script', async () => {
  const text = 'trap "echo trapped; exit 5" TERM\necho ready\nwhile :; do sleep 0.05; done\n'
  const ended = await signalled(text, 'SIGTERM', 'train.sh')
  assert.equal(ended.code, 5)
  assert.match(ended.stdout, /trapped/)
})

test('a script may start processes that import it again', async () => {
  const text = [
    'import multiprocessing',
    'def square(value): return value * value',
    'if __name__ == "__main__":',
    '    with multiprocessing.get_context("spawn").Pool(1) as pool:',
    '        print(pool.map(square, [2, 3]))',
  ].join('\n')
  const ended = await runScript(text)
  assert.equal(ended.code, 0, ended.stderr)
  assert.match(ended.stdout, /\[4, 9\]/)
})

test('a script may pickle what it defines', async () => {
  const text = 'import pickle\nclass Net:\n    pass\nprint(type(pickle.loads(pickle.dumps(Net()))).__name__)\n'
  const ended = await runScript(text)
  assert.match(ended.stdout, /\nNet\n$/)
})

test('modules of the user’s come before Python’s own and before the launcher’s', async () => {
  const ended = await runScript('import failure, queue\nprint(failure.NAME, queue.NAME)\n', 'train.py', {
    'failure.py': 'NAME = "mine"\n',
    'queue.py': 'NAME = "mine too"\n',
  })
  assert.match(ended.stdout, /\nmine mine too\n$/, ended.stderr)
})
