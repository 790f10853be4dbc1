import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SearchRequest } from '../../src/protocol/shapes/search.ts'
import { AddTagsInput, DeleteTagsInput, ListTagsInput } from '../../src/protocol/shapes/tags.ts'
import {
  CreateTrainingJobRequest,
  DeleteTrainingJobRequest,
  DescribeTrainingJobRequest,
  ListTrainingJobsRequest,
  StopTrainingJobRequest,
  UpdateTrainingJobRequest,
} from '../../src/protocol/shapes/training-job.ts'
import { decodeInput } from '../../src/protocol/validate.ts'
import { valuesOf, type Shape } from './shape-arbitrary.ts'
import { ShapeBreaks } from './shape-breaks.ts'

const REQUESTS = {
  AddTagsInput,
  CreateTrainingJobRequest,
  DeleteTagsInput,
  DeleteTrainingJobRequest,
  DescribeTrainingJobRequest,
  ListTagsInput,
  ListTrainingJobsRequest,
  SearchRequest,
  StopTrainingJobRequest,
  UpdateTrainingJobRequest,
}

for (const [name, schema] of Object.entries(REQUESTS)) {
  test(`what keeps every constraint of ${name} passes`, () => {
    fc.assert(
      fc.property(valuesOf(schema), (value) => {
        assert.deepEqual(decodeInput(schema, value).kind, 'valid')
      }),
      { numRuns: 50 },
    )
  })
}

for (const [name, schema] of Object.entries(REQUESTS)) {
  const breaks = new ShapeBreaks().of(schema as Shape)
  test(`what breaks one constraint of ${name} never passes, and its member is named (${breaks.length} ways)`, () => {
    for (const { path, kind, value } of breaks) {
      const decoded = decodeInput(schema, value)
      const what = `${path}: ${JSON.stringify(decoded)}`
      assert.ok(decoded.kind !== 'valid' && decoded.kind === kind, what)
      assert.ok(decoded.text.includes(kind === 'validation' ? ` at '${path}'` : `${path} must be `), what)
    }
  })
}
