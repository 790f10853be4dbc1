import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TSchema } from 'typebox'
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
import * as tags from '../../src/protocol/shapes/tags.ts'
import * as trainingJob from '../../src/protocol/shapes/training-job.ts'
import { assertAsInModel, modelOf, needsModelOf } from '../support/service-model.ts'

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
