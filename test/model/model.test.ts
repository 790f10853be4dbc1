import { test } from 'node:test'
import { playPrograms } from './programs.ts'

/** `npm run model` plays thousands. */
const PROGRAMS = Number(process.env['TRAINYARD_MODEL_PROGRAMS'] ?? 150)

test('after every step of a random program each job is as a reader of the behaviour page expects it', async () => {
  await playPrograms({ count: PROGRAMS })
})
