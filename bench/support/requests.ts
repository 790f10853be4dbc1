import { hash, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { signRequest, type SigningCredentials } from '../../src/protocol/sigv4-sign.ts'

export interface Owner extends SigningCredentials {
  readonly region: string
  readonly account: string
  readonly defaultBucket: string
}

/** The owner's key of a data folder. */
export async function ownerOf(data: string): Promise<Owner> {
  return JSON.parse(await readFile(join(data, 'identity.json'), 'utf8')) as Owner
}

/** A signed call of SageMaker as whole bytes, as the SDKs send it. */
export function sagemakerCall(port: number, owner: Owner, operation: string, input: object): Buffer {
  return jsonCall(port, owner, { service: 'sagemaker', target: `SageMaker.${operation}` }, input)
}

export function jsonCall(
  port: number,
  owner: Owner,
  { service, target }: { readonly service: string; readonly target: string },
  input: object,
): Buffer {
  const body = JSON.stringify(input)
  const headers = {
    host: `127.0.0.1:${port}`,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': target,
    'amz-sdk-invocation-id': randomUUID(),
    'amz-sdk-request': 'attempt=1; max=3',
    'user-agent':
      'Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.18 md/arch#x86_64 lang/python#3.13.0 md/pyimpl#CPython cfg/retry-mode#legacy',
  }
  const signed = signRequest({ method: 'POST', path: '/', query: '', headers }, hash('sha256', body, 'hex'), {
    credentials: owner,
    service,
    region: owner.region,
    now: Date.now(),
  })
  const lines = Object.entries({ ...signed, 'content-length': String(Buffer.byteLength(body)) })
  return Buffer.from(`POST / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`)
}

/** As long as the requests that the SDKs send: 2.7 KB. */
export function createInput(name: string, bucket: string): object {
  const hyperparameters = Array.from({ length: 60 }, (_, at) => [`hyperparameter-${at}`, `"value-${at * 7919}"`])
  return {
    TrainingJobName: name,
    RoleArn: 'arn:aws:iam::111122223333:role/service-role/Role',
    AlgorithmSpecification: {
      TrainingImage: 'local/python',
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['true'],
      MetricDefinitions: [{ Name: 'loss', Regex: 'loss: ([0-9.]+)' }],
    },
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/out` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 3600 },
    HyperParameters: Object.fromEntries(hyperparameters),
    Environment: { LOG_LEVEL: 'info' },
    Tags: [{ Key: 'project', Value: 'bench' }],
  }
}
