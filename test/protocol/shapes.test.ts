import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TSchema } from 'typebox'
import { NEVER_PRESENT, TRAINING_JOB_MEMBERS } from '../../src/operations/sagemaker/search-properties.ts'
import * as algorithm from '../../src/protocol/shapes/algorithm.ts'
import * as channels from '../../src/protocol/shapes/channels.ts'
import * as common from '../../src/protocol/shapes/common.ts'
import * as debuggerShapes from '../../src/protocol/shapes/debugger.ts'
import * as instanceTypes from '../../src/protocol/shapes/instance-types.ts'
import * as jobOptions from '../../src/protocol/shapes/job-options.ts'
import * as modelCustomization from '../../src/protocol/shapes/model-customization.ts'
import * as outputs from '../../src/protocol/shapes/outputs.ts'
import * as processingInstanceTypes from '../../src/protocol/shapes/processing-instance-types.ts'
import * as resources from '../../src/protocol/shapes/resources.ts'
import * as search from '../../src/protocol/shapes/search.ts'
import * as tags from '../../src/protocol/shapes/tags.ts'
import * as trainingJob from '../../src/protocol/shapes/training-job.ts'
import { assertAsInModel, modelOf, needsModelOf } from '../support/service-model.ts'

const { SEARCH_EXPRESSION_DEPTH, SearchRequest, ...searchShapes } = search

const declared: Readonly<Record<string, TSchema>> = {
  ...algorithm,
  ...channels,
  ...common,
  ...debuggerShapes,
  ...instanceTypes,
  ...jobOptions,
  ...modelCustomization,
  ...outputs,
  ...processingInstanceTypes,
  ...resources,
  ...searchShapes,
  ...tags,
  ...trainingJob,
}

test(
  'every declared shape has the members, limits, patterns and values of the model',
  needsModelOf('sagemaker'),
  () => {
    const model = modelOf('sagemaker')
    const names = Object.keys(declared)
    assert.ok(names.length > 100, `only ${names.length} shapes were found`)
    for (const [name, schema] of Object.entries(declared)) assertAsInModel(name, schema, model)
  },
)

test(
  'a search is as in the model, its expressions written out to the depth that is declared',
  needsModelOf('sagemaker'),
  () => {
    const model = modelOf('sagemaker')
    const shapes = { ...model.shapes }
    for (let depth = 1; depth <= SEARCH_EXPRESSION_DEPTH; depth++) {
      const level = depth === 1 ? '' : String(depth)
      const inner = `SearchExpression${depth + 1}`
      const { SearchExpression: expression, SearchExpressionList: list } = model.shapes
      shapes[`SearchExpression${level}`] = {
        ...expression!,
        members: { ...expression!.members, SubExpressions: `SearchExpressionList${level}` },
      }
      shapes[`SearchExpressionList${level}`] = { ...list!, member: inner }
      shapes[inner] = { type: 'structure', members: {} }
    }
    assertAsInModel('SearchRequest', SearchRequest, { ...model, shapes })
  },
)

test('what a search finds has the members of the model', needsModelOf('sagemaker'), () => {
  const members = Object.keys(modelOf('sagemaker').shapes['TrainingJob']?.members ?? {})
  assert.deepEqual([...TRAINING_JOB_MEMBERS, ...NEVER_PRESENT].toSorted(), members.toSorted())
})
