import assert from 'node:assert/strict'
import { cpus } from 'node:os'
import { test } from 'node:test'
import { LauncherJob, type JobFiles } from './launcher-fixture.ts'

const SHOW = 'import json, os, sys\nprint(json.dumps({"argv": sys.argv, "env": dict(os.environ)}))\n'

/** What a script sees of its arguments and variables. */
async function seen(files: JobFiles, environment: Record<string, string> = {}) {
  await using job = await LauncherJob.make({ ...files, code: { 'train.py': SHOW, ...files.code } })
  const ended = await job.run(environment)
  assert.equal(ended.code, 0, ended.stderr)
  const last = ended.stdout.trim().split('\n').at(-1) ?? ''
  const { argv, env } = JSON.parse(last) as { argv: string[]; env: Record<string, string> }
  return { argv, env, base: job.base }
}

test('a script finds every folder of the job in its variables', async () => {
  const { env, base } = await seen({
    hyperparameters: { sagemaker_program: 'train.py' },
    channels: { train: { 'a.csv': '1' }, 'my-test': { 'b.csv': '2' } },
  })
  assert.equal(env['SM_MODEL_DIR'], `${base}/model`)
  assert.equal(env['SM_OUTPUT_DIR'], `${base}/output`)
  assert.equal(env['SM_OUTPUT_DATA_DIR'], `${base}/output/data`)
  assert.equal(env['SM_OUTPUT_INTERMEDIATE_DIR'], `${base}/output/intermediate`)
  assert.equal(env['SM_INPUT_DIR'], `${base}/input`)
  assert.equal(env['SM_INPUT_CONFIG_DIR'], `${base}/input/config`)
  assert.equal(env['SM_CHANNELS'], '["my-test","train"]')
  assert.equal(env['SM_CHANNEL_TRAIN'], `${base}/input/data/train`)
  assert.equal(env['SM_CHANNEL_MY-TEST'], `${base}/input/data/my-test`)
  assert.match(env['SM_INPUT_DATA_CONFIG'] ?? '', /"TrainingInputMode":"File"/)
})

test('a script finds the machines of the job in its variables', async () => {
  const { env } = await seen({ hyperparameters: { sagemaker_program: 'train.py' } })
  assert.equal(env['SM_HOSTS'], '["algo-1"]')
  assert.equal(env['SM_CURRENT_HOST'], 'algo-1')
  assert.equal(env['SM_CURRENT_INSTANCE_TYPE'], 'ml.m5.large')
  assert.equal(env['SM_CURRENT_INSTANCE_GROUP'], 'homogeneousCluster')
  assert.equal(env['SM_CURRENT_INSTANCE_GROUP_HOSTS'], '["algo-1"]')
  assert.equal(env['SM_INSTANCE_GROUPS'], '["homogeneousCluster"]')
  assert.equal(env['SM_DISTRIBUTION_INSTANCE_GROUPS'], '[]')
  assert.equal(env['SM_IS_HETERO'], 'false')
  assert.equal(env['SM_NETWORK_INTERFACE_NAME'], 'eth0')
  assert.equal(env['SM_NUM_CPUS'], String(cpus().length))
  assert.match(env['SM_NUM_GPUS'] ?? '', /^\d+$/)
  assert.equal(env['SM_NUM_NEURONS'], '0')
  assert.equal(env['CURRENT_HOST'], 'algo-1')
  assert.equal(env['SM_TOPOLOGY'], undefined)
})

test('the GPUs that a script is told of are those that its instance was given', async () => {
  const files = { hyperparameters: { sagemaker_program: 'train.py' } }
  for (const [given, count] of [
    ['1,3', '2'],
    ['', '0'],
  ] as const) {
    const { env } = await seen(files, { CUDA_VISIBLE_DEVICES: given })
    assert.equal(env['SM_NUM_GPUS'], count)
  }
})

test('a heterogeneous cluster shows its groups, and the first host of the distributed ones is the master', async () => {
  const groups = [
    { instance_group_name: 'data', instance_type: 'ml.c5.large', hosts: ['algo-1'] },
    { instance_group_name: 'dnn', instance_type: 'ml.p3.2xlarge', hosts: ['algo-2', 'algo-3'] },
  ]
  const { env } = await seen({
    hyperparameters: { sagemaker_program: 'train.py', sagemaker_distribution_instance_groups: '["dnn"]' },
    resources: {
      current_host: 'algo-2',
      current_group_name: 'dnn',
      hosts: ['algo-1', 'algo-2', 'algo-3'],
      instance_groups: groups,
    },
  })
  const training = JSON.parse(env['SM_TRAINING_ENV'] ?? '') as Record<string, unknown>
  assert.equal(env['SM_IS_HETERO'], 'true')
  assert.equal(env['SM_INSTANCE_GROUPS'], '["data","dnn"]')
  assert.equal(env['SM_CURRENT_INSTANCE_GROUP_HOSTS'], '["algo-2","algo-3"]')
  assert.equal(env['SM_DISTRIBUTION_INSTANCE_GROUPS'], '["dnn"]')
  assert.equal(training['master_hostname'], 'algo-2')
  assert.equal(training['is_master'], true)
})

test('hyperparameters become arguments in the order of their names, decoded where they are JSON', async () => {
  const { argv } = await seen({
    hyperparameters: {
      sagemaker_program: '"train.py"',
      epochs: '3',
      'learning-rate': '0.1',
      n: '4',
      name: '"resnet"',
      plain: 'word',
      shuffle: 'true',
      nothing: 'null',
      layers: '[1, 2]',
      map: '{"b": 2, "a": "x"}',
    },
  })
  const expected = 'train.py --epochs 3 --layers [1, 2] --learning-rate 0.1 --map a=x,b=2 -n 4 --name resnet --nothing'
  assert.equal(argv.join(' '), `${expected}  --plain word --shuffle True`)
})

test('hyperparameters become variables, and the SDK’s own ones stay out of both', async () => {
  const { argv, env } = await seen({
    hyperparameters: {
      sagemaker_program: '"train.py"',
      sagemaker_region: '"eu-west-1"',
      sagemaker_job_name: '"digits"',
      sagemaker_container_log_level: '10',
      sagemaker_estimator_module: '"torch"',
      _tuning_objective_metric: 'loss',
      epochs: '3',
      name: '"resnet"',
      map: '{"b":2,"a":1}',
    },
  })
  assert.equal(env['SM_HP_EPOCHS'], '3')
  assert.equal(env['SM_HP_NAME'], 'resnet')
  assert.equal(env['SM_HP_MAP'], '{"a":1,"b":2}')
  assert.equal(env['SM_HPS'], '{"epochs":3,"map":{"a":1,"b":2},"name":"resnet"}')
  assert.equal(env['SM_FRAMEWORK_PARAMS'], '{"sagemaker_estimator_module":"torch"}')
  assert.equal(env['SM_USER_ARGS'], '["--epochs","3","--map","a=1,b=2","--name","resnet"]')
  assert.equal(env['SM_LOG_LEVEL'], '10')
  assert.equal(env['SM_HP_SAGEMAKER_REGION'], undefined)
  assert.equal(argv.join(' ').includes('objective'), false)
})

test('the entry point shows in the variables, and modules of the code folder are found from anywhere', async () => {
  const { env, base } = await seen({
    hyperparameters: { sagemaker_program: 'scripts/main.py' },
    code: { 'scripts/main.py': `import sys\nimport shared\n${SHOW}`, 'shared.py': '' },
  })
  assert.equal(env['SM_USER_ENTRY_POINT'], 'scripts/main.py')
  assert.equal(env['SM_MODULE_NAME'], 'scripts/main')
  assert.equal(env['SM_MODULE_DIR'], `${base}/code`)
  assert.equal(env['SM_FRAMEWORK_MODULE'], '')
  assert.equal(env['PYTHONPATH'], `${base}/code`)
  const training = JSON.parse(env['SM_TRAINING_ENV'] ?? '') as Record<string, unknown>
  assert.equal(training['job_name'], 'digits')
  assert.deepEqual(training['hosts'], ['algo-1'])
})

test('a hyperparameter that cannot be a variable is an argument all the same', async () => {
  const { argv, env } = await seen({ hyperparameters: { sagemaker_program: 'train.py', 'a=b': 'c' } })
  assert.deepEqual(argv, ['train.py', '--a=b', 'c'])
  assert.equal(env['SM_HPS'], '{"a=b":"c"}')
})

test('without sagemaker_program the job fails and says what to give', async () => {
  await using job = await LauncherJob.make({ code: { 'train.py': SHOW } })
  const ended = await job.run()
  assert.equal(ended.code, 1)
  assert.match(ended.failure ?? '', /^Nothing says what to run: give the hyperparameter sagemaker_program/)
  assert.equal(ended.stderr.includes('Traceback'), false)
})

test('a platform file that is no JSON fails the job by its name', async () => {
  await using job = await LauncherJob.make({ code: { 'train.py': SHOW } })
  await job.write('input/config/resourceconfig.json', '{')
  const ended = await job.run()
  assert.equal(ended.code, 1)
  assert.match(ended.failure ?? '', /resourceconfig\.json cannot be read/)
})

test('a distributed run, which this launcher does not do, is refused and not run as a plain one', async () => {
  await using job = await LauncherJob.make({
    hyperparameters: { sagemaker_program: 'train.py', sagemaker_torch_distributed_enabled: 'true' },
    code: { 'train.py': SHOW },
  })
  const ended = await job.run()
  assert.equal(ended.code, 1)
  assert.match(
    ended.failure ?? '',
    /^sagemaker_torch_distributed_enabled asks for a distributed run, which needs the package/,
  )
})

test('machines that have a topology show it', async () => {
  const topology = [{ hostName: 'algo-1', capacityUnitId: 'cu-1' }]
  const { env } = await seen({ hyperparameters: { sagemaker_program: 'train.py' }, resources: { topology } })
  assert.deepEqual(JSON.parse(env['SM_TOPOLOGY'] ?? ''), topology)
})
