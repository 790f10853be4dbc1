import assert from 'node:assert/strict'
import { test } from 'node:test'
import { double, map, structure, text } from '../../src/protocol/shapes/declare.ts'
import { CreateTrainingJobRequest } from '../../src/protocol/shapes/training-job.ts'
import { decodeInput } from '../../src/protocol/validate.ts'
import { unknownMembers } from '../../src/protocol/violations.ts'

const VALID = {
  TrainingJobName: 'job-1',
  RoleArn: 'arn:aws:iam::111122223333:role/service-role/Role',
  AlgorithmSpecification: { TrainingImage: 'local/python', TrainingInputMode: 'File' },
  OutputDataConfig: { S3OutputPath: 's3://bucket/out' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 60 },
}

function textOf(change: object): string {
  const decoded = decodeInput(CreateTrainingJobRequest, { ...VALID, ...change })
  assert.equal(decoded.kind, 'validation', JSON.stringify(decoded))
  return decoded.kind === 'validation' ? decoded.text : ''
}

test('a valid request is handed on, unknown members and all', () => {
  const decoded = decodeInput(CreateTrainingJobRequest, { ...VALID, Novelty: { a: 1 } })
  assert.equal(decoded.kind, 'valid')
})

test('a member that is null counts as absent', () => {
  const decoded = decodeInput(CreateTrainingJobRequest, {
    ...VALID,
    Tags: null,
    ResourceConfig: { ...VALID.ResourceConfig, VolumeKmsKeyId: null },
  })
  assert.deepEqual(decoded, { kind: 'valid', value: VALID })
  assert.match(
    textOf({ RoleArn: null }),
    /^1 validation error detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null$/,
  )
})

test('every constraint answers with the text of AWS', () => {
  assert.equal(
    textOf({ TrainingJobName: 'bad_name' }),
    "1 validation error detected: Value 'bad_name' at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
  )
  assert.equal(
    textOf({ TrainingJobName: 'x'.repeat(64) }),
    `2 validation errors detected: Value '${'x'.repeat(64)}' at 'trainingJobName' failed to satisfy constraint: Member must have length less than or equal to 63; ` +
      `Value '${'x'.repeat(64)}' at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`,
  )
  assert.match(
    textOf({ ResourceConfig: { InstanceType: 'ml.toaster' } }),
    /Value 'ml\.toaster' at 'resourceConfig\.instanceType' failed to satisfy constraint: Member must satisfy enum value set: \[ml\.[^\]]+, ml\./,
  )
  assert.match(
    textOf({ StoppingCondition: { MaxRuntimeInSeconds: 0 } }),
    /Value '0' at 'stoppingCondition\.maxRuntimeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 1$/,
  )
  assert.match(
    textOf({ HyperParameters: { k: 'v'.repeat(2501) } }),
    /at 'hyperParameters' failed to satisfy constraint: Map value must satisfy constraint: \[Member must have length less than or equal to 2500, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: \.\*\]$/,
  )
  assert.match(
    textOf({ Environment: { '1bad': 'v' } }),
    /at 'environment' failed to satisfy constraint: Map keys must satisfy constraint: \[/,
  )
  const channel = { ChannelName: 'bad name', DataSource: {} }
  assert.match(textOf({ InputDataConfig: [channel] }), /at 'inputDataConfig\.1\.member\.channelName' failed/)
  assert.match(
    textOf({ InputDataConfig: [] }),
    /at 'inputDataConfig' failed to satisfy constraint: Member must have length greater than or equal to 1$/,
  )
})

test('several violations are counted and joined', () => {
  const text = textOf({ TrainingJobName: 'bad_name', StoppingCondition: { MaxRuntimeInSeconds: 0 } })
  assert.match(
    text,
    /^2 validation errors detected: Value 'bad_name' at 'trainingJobName' [^;]*; Value '0' at 'stoppingCondition.maxRuntimeInSeconds' [^;]*$/,
  )
})

test('a member of another JSON type cannot even be read', () => {
  const decoded = decodeInput(CreateTrainingJobRequest, { ...VALID, TrainingJobName: 7 })
  assert.deepEqual(decoded, {
    kind: 'serialization',
    text: 'trainingJobName must be a string, but the number 7 was given',
  })
  for (const wrong of [
    { Tags: {} },
    { HyperParameters: { a: 1 } },
    { ResourceConfig: [] },
    { EnableNetworkIsolation: 'true' },
    { StoppingCondition: { MaxRuntimeInSeconds: 2 ** 31 } },
    { StoppingCondition: { MaxRuntimeInSeconds: 1.5 } },
    { Tags: [null] },
  ]) {
    assert.equal(
      decodeInput(CreateTrainingJobRequest, { ...VALID, ...wrong }).kind,
      'serialization',
      JSON.stringify(wrong),
    )
  }
})

test('a number that no double can hold is of no type, and not an error of ours', () => {
  for (const Value of [Infinity, -Infinity, Number.NaN]) {
    assert.deepEqual(decodeInput(structure({ Value: double() }), { Value }), {
      kind: 'serialization',
      text: `value must be a finite number, but the number ${Value} was given`,
    })
  }
})

test('a map with too few entries is answered for as a whole', () => {
  const decoded = decodeInput(structure({ Keys: map(text(), text(), { min: 2 }) }), { Keys: { a: 'b' } })
  assert.deepEqual(decoded, {
    kind: 'validation',
    text: "1 validation error detected: Value '{a=b}' at 'keys' failed to satisfy constraint: Member must have length greater than or equal to 2",
  })
})

test('a request nested beyond all shapes is refused, not an error of ours', () => {
  const deep: unknown = JSON.parse(`${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`)
  assert.equal(decodeInput(CreateTrainingJobRequest, { ...VALID, RoleArn: null, Novelty: deep }).kind, 'serialization')
})

test('a text that is much too long never meets its pattern', () => {
  // Quadratic where it is matched: minutes at this length.
  const uri = `s3://${'a'.repeat(500_000)}/\n`
  const started = performance.now()
  assert.match(
    textOf({ OutputDataConfig: { S3OutputPath: uri } }),
    /^1 validation error .* less than or equal to 1024$/,
  )
  assert.ok(performance.now() - started < 2000)
})

test('a list that is too long is answered for as a whole, not for every item beyond its limit', () => {
  const text = textOf({ Tags: Array.from({ length: 100_000 }, () => ({})) })
  assert.match(
    text,
    /^101 validation errors detected: .*at 'tags' failed to satisfy constraint: Member must have length/,
  )
  assert.ok(text.includes("'tags.50.member.value'") && !text.includes("'tags.51.member.value'"))
})

test('members that the model does not know are named by their paths', () => {
  const request = {
    ...VALID,
    Novelty: 1,
    InputDataConfig: [{ ChannelName: 'a', DataSource: {}, Extra: 1 }],
    HyperParameters: { any: 'x' },
  }
  assert.deepEqual(unknownMembers(CreateTrainingJobRequest, request), ['Novelty', 'InputDataConfig[0].Extra'])
})
