import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileConfig } from '../../src/config/config.ts'
import { Environments, LOCAL_PYTHON, shellPython } from '../../src/config/environments.ts'

/** A folder of its own in which programs can be put. */
interface Machine extends Disposable {
  readonly path: string
  /** Puts something executable there that is no script. @returns its absolute path */
  program(path: string): string
  /** Puts a shell script there. @returns its absolute path */
  script(path: string, text: string): string
}

function machine(): Machine {
  const root = mkdtempSync(join(tmpdir(), 'trainyard-environments-'))
  const place = (path: string) => {
    const whole = join(root, path)
    mkdirSync(dirname(whole), { recursive: true })
    return whole
  }
  return {
    path: root,
    program(path) {
      const whole = place(path)
      symlinkSync('/bin/true', whole)
      return whole
    },
    script(path, text) {
      const whole = place(path)
      writeFileSync(whole, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
      return whole
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  }
}

/** PATH of some folders of a machine. */
function pathOf({ path }: Machine, ...folders: readonly string[]): { readonly PATH: string } {
  return { PATH: folders.map((folder) => join(path, folder)).join(':') }
}

test('an active virtual environment comes first, then an active conda environment, then PATH in its order', () => {
  using here = machine()
  const [venv, conda, second, first] = ['venv', 'conda', 'b', 'a'].map((folder) =>
    here.program(`${folder}/bin/python3`),
  )
  const PATH = pathOf(here, 'nothing', 'a/bin', 'b/bin').PATH
  const active = { VIRTUAL_ENV: join(here.path, 'venv'), CONDA_PREFIX: join(here.path, 'conda') }
  assert.equal(shellPython({ ...active, PATH }), venv)
  assert.equal(shellPython({ CONDA_PREFIX: active.CONDA_PREFIX, PATH }), conda)
  assert.equal(shellPython({ PATH }), first)
  assert.equal(shellPython(pathOf(here, 'b/bin', 'a/bin')), second)
  assert.equal(shellPython({ VIRTUAL_ENV: '', CONDA_PREFIX: '', PATH }), first)
  assert.equal(shellPython({ VIRTUAL_ENV: join(here.path, 'removed'), PATH }), first)
})

test('a virtual environment’s python keeps its own path, because that is how it knows its packages', () => {
  using here = machine()
  const python = here.program('venv/bin/python3')
  assert.equal(shellPython({ VIRTUAL_ENV: join(here.path, 'venv') }), python)
})

test('python3 is preferred, python is better than none', () => {
  using here = machine()
  const python = here.program('a/python')
  assert.equal(shellPython(pathOf(here, 'a')), python)
  const python3 = here.program('b/python3')
  assert.equal(shellPython(pathOf(here, 'a', 'b')), python3)
})

test('what is no program, and folders that depend on where one stands, are passed over', () => {
  using here = machine()
  mkdirSync(join(here.path, 'a/python3'), { recursive: true })
  mkdirSync(join(here.path, 'b'))
  writeFileSync(join(here.path, 'b/python3'), 'not executable', { mode: 0o644 })
  symlinkSync(join(here.path, 'gone'), join(here.path, 'b/python'))
  assert.equal(shellPython({ PATH: `.:bin::${pathOf(here, 'a', 'b').PATH}` }), undefined)
  const found = here.program('c/python3')
  assert.equal(shellPython(pathOf(here, 'a', 'b', 'c')), found)
})

test('a shim of a version manager is asked where the interpreter is', () => {
  using here = machine()
  const real = here.program('versions/3.12/bin/python3')
  here.script('shims/python3', `echo ${real}`)
  assert.equal(shellPython(pathOf(here, 'shims')), real)
})

test('a shim behind which there is no python is passed over', () => {
  using here = machine()
  here.script('shims/python3', 'echo "pyenv: python3: command not found" >&2; exit 127')
  here.script('silent/python3', 'exit 0')
  assert.equal(shellPython(pathOf(here, 'shims', 'silent')), undefined)
  const system = here.program('bin/python3')
  assert.equal(shellPython(pathOf(here, 'shims', 'silent', 'bin')), system)
})

test('without a python there is no local/python, and the configured environments are there nevertheless', () => {
  const config = compileConfig({ environments: { torch: { python: '/opt/torch/bin/python' } } })
  const environments = new Environments(config, {})
  assert.equal(environments.resolve(LOCAL_PYTHON), undefined)
  assert.deepEqual(environments.resolve('torch'), { name: 'torch', python: '/opt/torch/bin/python' })
  assert.deepEqual(environments.pythons(), { torch: '/opt/torch/bin/python' })
})

/** Environments of a machine with one python, and of this configuration. */
function environmentsOf(
  here: Machine,
  value: object,
): { readonly environments: Environments; readonly python: string } {
  const python = here.program('bin/python3')
  return { environments: new Environments(compileConfig(value), pathOf(here, 'bin')), python }
}

test('AWS’s own training images stand for local/python in every region, other images for nothing', () => {
  using here = machine()
  const { environments, python } = environmentsOf(here, {})
  const mapped = [
    LOCAL_PYTHON,
    '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.4.0-cpu-py311',
    '763104351884.dkr.ecr.cn-north-1.amazonaws.com.cn/tensorflow-training:2.16-gpu-py310',
    '763104351884.dkr.ecr.us-west-2.amazonaws.com/huggingface-pytorch-training:2.1.0-transformers4.36.0-gpu-py310',
    '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3',
    'public.ecr.aws/deep-learning-containers/pytorch-training:2.4',
  ]
  for (const image of mapped) assert.deepEqual(environments.resolve(image), { name: LOCAL_PYTHON, python }, image)
  const unknown = [
    '',
    'python',
    'local/python:3',
    '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.4.0-cpu-py311',
    '763104351884.dkr.ecr.us-east-1.amazonaws.com/autogluon-training:1.0',
    'pytorch-training:2.4',
    'constructor',
    '__proto__',
  ]
  for (const image of unknown) assert.equal(environments.resolve(image), undefined, image)
})

test('the configuration’s patterns are looked through in their order, before the built-in ones', () => {
  using here = machine()
  const { environments, python } = environmentsOf(here, {
    environments: { torch: { python: '/opt/torch/bin/python' }, other: { python: '/opt/other/bin/python' } },
    images: {
      'me/own:*': 'other',
      'me/*': 'torch',
      '*/pytorch-training:*': 'torch',
      lost: 'nowhere',
      mine: LOCAL_PYTHON,
    },
  })
  const named = (image: string) => environments.resolve(image)?.name
  assert.equal(named('me/own:1'), 'other')
  assert.equal(named('me/another'), 'torch')
  assert.equal(named('763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.4'), 'torch')
  assert.equal(named('763104351884.dkr.ecr.us-east-1.amazonaws.com/mxnet-training:1'), LOCAL_PYTHON)
  assert.equal(named('lost'), undefined)
  assert.deepEqual(environments.resolve('mine'), { name: LOCAL_PYTHON, python })
  assert.equal(named('torch'), 'torch', 'an environment by its own name')
})

test('an environment called local/python takes the place of the built-in one', () => {
  using here = machine()
  const { environments } = environmentsOf(here, { environments: { [LOCAL_PYTHON]: { python: '/opt/python' } } })
  assert.deepEqual(environments.resolve(LOCAL_PYTHON), { name: LOCAL_PYTHON, python: '/opt/python' })
})

test('a star stands for any text, everything else for itself', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/', '+'), maxLength: 6 })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/', '+', '*'), minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(pattern, text, (pattern, image) => {
      const config = compileConfig({ environments: { torch: { python: '/p' } }, images: { [pattern]: 'torch' } })
      const found = new Environments(config, {}).resolve(image) !== undefined
      const literally = (part: string) => part.replace(/[.+]/g, String.raw`\$&`)
      const meant = new RegExp(`^${pattern.split('*').map(literally).join('.*')}$`, 's')
      assert.equal(found, meant.test(image))
    }),
    { numRuns: 2000 },
  )
})
