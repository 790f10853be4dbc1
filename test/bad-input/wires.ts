import { encodeCbor, decodeCbor } from '../../src/protocol/rpc-cbor.ts'
import type { Shape } from '../protocol/shape-arbitrary.ts'
import type { Break, BreakForm } from '../protocol/shape-breaks.ts'
import { queryForm } from './query-form.ts'
import type { CallAnswer, CallRequest } from './signed-calls.ts'

/** An operation as its model has it. */
export interface ModelOperation {
  readonly name: string
  readonly targetPrefix: string
  readonly apiVersion: string
  readonly http: { readonly method: string; readonly requestUri: string }
  readonly input: Shape
}

export interface ErrorSaid {
  readonly code: string
  readonly text: string
}

/** A service by one of the protocols that it speaks. */
export interface Wire {
  /** As a report names it. */
  readonly name: string
  /** Its model. */
  readonly service: string
  readonly form: BreakForm
  /** What it calls an input that breaks a constraint, and one of another type. */
  readonly codes: Readonly<Record<Break['kind'], string>>
  /** Whether its errors say their code of Query as well. */
  readonly isQueryCompatible: boolean
  request(operation: ModelOperation, input: unknown): CallRequest
  said(answer: CallAnswer): ErrorSaid
}

const JSON_CODES = { validation: 'ValidationException', serialization: 'SerializationException' } as const
/** CloudWatch says ValidationError by every protocol (wire 4). */
const MONITORING_CODES = { validation: 'ValidationError', serialization: 'SerializationException' } as const
const FORM_CODES = { validation: 'ValidationError', serialization: 'MalformedInput' } as const

function awsJson(service: string, version: '1.0' | '1.1', codes: Wire['codes'], scope = service): Wire {
  return {
    name: `${service} (JSON)`,
    service,
    form: 'typed',
    codes,
    isQueryCompatible: version === '1.0',
    request({ name, targetPrefix }, input) {
      const headers = { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': `${targetPrefix}.${name}` }
      return { service: scope, headers, body: jsonText(input) }
    },
    said: jsonSaid,
  }
}

export const SAGEMAKER = awsJson('sagemaker', '1.1', JSON_CODES)
export const LOGS = awsJson('logs', '1.1', { ...JSON_CODES, validation: 'InvalidParameterException' })
export const CLOUDWATCH_JSON = awsJson('cloudwatch', '1.0', MONITORING_CODES, 'monitoring')

export const CLOUDWATCH_CBOR: Wire = {
  name: 'cloudwatch (CBOR)',
  service: 'cloudwatch',
  form: 'typed',
  codes: MONITORING_CODES,
  isQueryCompatible: true,
  request({ name, targetPrefix }, input) {
    const path = `/service/${targetPrefix}/operation/${name}`
    const headers = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' }
    return { service: 'monitoring', path, headers, body: encodeCbor(Object(input) as object) }
  },
  said({ bytes }) {
    const { __type = '', message = '' } = decodeCbor(bytes) as { readonly __type?: string; readonly message?: string }
    return { code: __type, text: message }
  },
}

export const CLOUDWATCH_QUERY: Wire = {
  name: 'cloudwatch (Query)',
  service: 'cloudwatch',
  form: 'text',
  codes: FORM_CODES,
  isQueryCompatible: false,
  request({ name, apiVersion, input: shape }, input) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
    return { service: 'monitoring', headers, body: queryForm(name, apiVersion, input, shape) }
  },
  said({ body }) {
    const code = /<Code>(\w+)<\/Code>/.exec(body)?.[1] ?? ''
    const text = /<Message>([^<]*)<\/Message>/.exec(body)?.[1] ?? ''
    return { code, text: text.replaceAll(/&apos;|&#39;/g, "'") }
  },
}

/** Its calls are signed as those of SageMaker are (wire 1). */
export const SAGEMAKER_METRICS: Wire = {
  name: 'sagemaker-metrics (REST)',
  service: 'sagemaker-metrics',
  form: 'typed',
  codes: JSON_CODES,
  isQueryCompatible: false,
  request({ http }, input) {
    const method = http.method === 'PUT' ? 'PUT' : 'POST'
    const headers = { 'content-type': 'application/json' }
    return { service: 'sagemaker', method, path: http.requestUri, headers, body: jsonText(input) }
  },
  said: jsonSaid,
}

function jsonSaid({ body }: CallAnswer): ErrorSaid {
  const { __type = '', message, Message } = JSON.parse(body) as Readonly<Record<string, string | undefined>>
  return { code: __type, text: message ?? Message ?? '' }
}

const INFINITE = 'a number too large for a double'

function jsonText(input: unknown): string {
  const text = JSON.stringify(input, (_name, value: unknown) => (value === Infinity ? INFINITE : value))
  return text.replaceAll(`"${INFINITE}"`, '1e999')
}
