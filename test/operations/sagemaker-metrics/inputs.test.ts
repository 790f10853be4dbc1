import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as inputs from '../../../src/operations/sagemaker-metrics/inputs.ts'
import { assertAsInModel, modelOf, needsModelOf } from '../../support/service-model.ts'

test('every input has the members, limits and values of the model', needsModelOf('sagemaker-metrics'), () => {
  const model = modelOf('sagemaker-metrics')
  assert.equal(Object.keys(inputs).length, 3)
  for (const [name, schema] of Object.entries(inputs)) assertAsInModel(name, schema, model)
})
