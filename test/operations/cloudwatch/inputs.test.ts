import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as inputs from '../../../src/operations/cloudwatch/inputs.ts'
import { assertAsInModel, modelOf, needsModelOf } from '../../support/service-model.ts'

test('every input has the members, limits and values of the model', needsModelOf('cloudwatch'), () => {
  const model = modelOf('cloudwatch')
  const { STATISTICS: _statistics, ...schemas } = inputs
  assert.equal(Object.keys(schemas).length, 6)
  for (const [name, schema] of Object.entries(schemas)) assertAsInModel(name, schema, model)
})
