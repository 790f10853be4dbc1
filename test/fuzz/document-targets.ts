import assert from 'node:assert/strict'
import type { TSchema } from 'typebox'
import { GetMetricStatisticsInput, PutMetricDataInput } from '../../src/operations/cloudwatch/inputs.ts'
import { iamService } from '../../src/operations/iam/service.ts'
import { decodeJson } from '../../src/protocol/aws-json.ts'
import { decodeQuery } from '../../src/protocol/aws-query.ts'
import { readQueryInput } from '../../src/protocol/query-input.ts'
import { CreateTrainingJobRequest } from '../../src/protocol/shapes/training-job.ts'
import { decodeInput } from '../../src/protocol/validate.ts'
import { unknownMembers } from '../../src/protocol/violations.ts'
import { parseXml, type XmlElement } from '../../src/protocol/xml.ts'
import { queryForm } from '../bad-input/query-form.ts'
import { channel, MINIMAL } from '../operations/sagemaker/sagemaker-fixture.ts'
import { refusal } from './expected-errors.ts'
import type { FuzzTarget } from './targets.ts'

/** Decoders of whole bodies: JSON with its shape, forms with theirs, XML. */
export function documentTargets(): readonly FuzzTarget[] {
  return [jsonTarget(), formTarget(), xmlTarget()]
}

function jsonTarget(): FuzzTarget {
  const parameters = { epochs: '3', 'learning-rate': '0.1', note: 'ü "quoted" \\ \u2028 😀' }
  const metrics = [{ Name: 'loss', Regex: 'loss: ([0-9.]+)' }]
  const seeds = [
    MINIMAL,
    { ...MINIMAL, InputDataConfig: [channel()], HyperParameters: parameters, Environment: { A: 'b' } },
    { ...MINIMAL, AlgorithmSpecification: { ...MINIMAL.AlgorithmSpecification, MetricDefinitions: metrics } },
    { ...MINIMAL, Tags: [{ Key: 'k', Value: 'v' }], VpcConfig: { SecurityGroupIds: ['sg-1'], Subnets: ['subnet-1'] } },
  ].map((request) => Buffer.from(JSON.stringify(request)))
  return {
    name: 'JSON and its shape',
    seeds,
    tokens: [
      '{',
      '}',
      '[',
      ']',
      '"',
      ',',
      'null',
      '[[',
      '{"a":',
      '\\u0000',
      '\\ud800',
      '"__proto__":1,',
      '1e400',
      'true',
    ],
    decode(input) {
      try {
        const value = decodeJson(input, 'application/x-amz-json-1.1', '1.1')
        const decoded = decodeInput(CreateTrainingJobRequest, value)
        if (decoded.kind === 'valid') unknownMembers(CreateTrainingJobRequest, decoded.value)
        else assert.ok(decoded.text.length > 0)
      } catch (error) {
        refusal(error)
      }
    },
  }
}

function formTarget(): FuzzTarget {
  const { GetRole, SimulatePrincipalPolicy } = iamService().operations
  const inputs = new Map<string, TSchema | undefined>([
    ['GetRole', GetRole?.input],
    ['SimulatePrincipalPolicy', SimulatePrincipalPolicy?.input],
    ['GetMetricStatistics', GetMetricStatisticsInput],
    ['PutMetricData', PutMetricDataInput],
  ])
  const policy = {
    PolicySourceArn: 'arn:aws:iam::111122223333:role/Role',
    ActionNames: ['s3:GetObject', 'sagemaker:*'],
    ResourceArns: ['*', 'arn:aws:s3:::bucket/a b+c'],
  }
  const seeds = [
    queryForm('SimulatePrincipalPolicy', '2010-05-08', policy),
    queryForm('GetRole', '2010-05-08', { RoleName: 'a/b=ü' }),
    'Action=GetMetricStatistics&Version=2010-08-01&Namespace=n&MetricName=m&Period=60&StartTime=2026-01-01T00%3A00Z&EndTime=1e9',
    'Action=PutMetricData&Version=2010-08-01&Namespace=n&MetricData.member.1.MetricName=m&MetricData.member.1.Value=-1.5e3',
    'Action=GetRole&Version=2010-05-08&Map.entry.1.key=k&Map.entry.1.value=v&S.M.member.2.N=1',
  ].map((text) => Buffer.from(text))
  return {
    name: 'forms and their shape',
    seeds,
    tokens: [
      '&',
      '=',
      '.',
      '%',
      '%ff',
      '%00',
      '+',
      '.member.',
      '.entry.',
      '.1',
      '.999999',
      '1e999',
      'key',
      'value',
      '__proto__',
      'Action=',
    ],
    decode(input) {
      try {
        const { action, input: value } = decodeQuery(input.toString('utf8'))
        const shape = inputs.get(action)
        if (shape) decodeInput(shape, readQueryInput(shape, value))
      } catch (error) {
        refusal(error)
      }
    },
  }
}

function xmlTarget(): FuzzTarget {
  const seeds = [
    '<?xml version="1.0" encoding="UTF-8"?><CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
      '<Part><PartNumber>1</PartNumber><ETag>&quot;a54357aff0632cce46d942af68356b38&quot;</ETag></Part>' +
      '<Part><ETag>"b"</ETag><ChecksumCRC32>gtnkmQ==</ChecksumCRC32><PartNumber>2</PartNumber></Part></CompleteMultipartUpload>',
    '<Delete><Quiet>true</Quiet><Object><Key>a&amp;b &#x41;&#66;<![CDATA[<raw>]]></Key></Object><!-- c --><Object><Key/></Object></Delete>',
    '<s3:Tagging xmlns:s3=\'urn:s3\' a = "1">\n <s3:TagSet><s3:Tag><s3:Key>k</s3:Key><s3:Value>v</s3:Value></s3:Tag></s3:TagSet></s3:Tagging>',
  ].map((text) => Buffer.from(text))
  return {
    name: 'XML',
    seeds,
    tokens: [
      '<',
      '>',
      '</',
      '/>',
      '<a>',
      '</a>',
      '&',
      ';',
      '&#',
      '&#x',
      '&amp;',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      '<!DOCTYPE a [<!ENTITY b "c">]>',
      ' a="',
      "'",
      ':',
    ],
    decode(input) {
      try {
        walk(parseXml(input.toString('utf8')))
      } catch (error) {
        refusal(error)
      }
    },
  }
}

/** A tree as its type says it is. */
function walk({ name, text, children }: XmlElement): void {
  assert.ok(name !== '' && typeof text === 'string')
  children.forEach(walk)
}
