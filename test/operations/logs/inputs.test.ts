import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as inputs from '../../../src/operations/logs/inputs.ts'
import { assertAsInModel, modelOf, needsModelOf } from '../../support/service-model.ts'

test('every input has the members, limits, patterns and values of the model', needsModelOf('logs'), () => {
  const model = modelOf('logs')
  assert.equal(Object.keys(inputs).length, 5)
  for (const [name, schema] of Object.entries(inputs)) assertAsInModel(name, schema, model)
})
