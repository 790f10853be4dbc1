import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { operationsPage, propertiesOf, spokenServices } from '../../scripts/operations-page.ts'
import { UNHEEDED_MEMBERS } from '../../src/operations/unheeded-members.ts'

const ROOT = join(import.meta.dirname, '../..')
const OPERATIONS = join(ROOT, 'src/operations')
/** Its folder, where that is not named as the service is. */
const FOLDERS: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' }

test('docs/operations.md says what the code does; after a change: node scripts/operations-page.ts', async () => {
  assert.equal(readFileSync(join(ROOT, 'docs/operations.md'), 'utf8'), await operationsPage())
})

test('the page has every service with a table of operations, and the operations that clients cannot do without', async () => {
  const services = await spokenServices()
  const count = globSync('*/service.ts', { cwd: OPERATIONS }).length
  // S3 has a table of another form.
  assert.ok(services.length >= count - 1, `${services.length} of ${count}`)
  const page = await operationsPage()
  for (const name of ['StopTrainingJob', 'GetLogEvents', 'GetMetricData', 'GetCallerIdentity', 'GetRole', 'PutObject'])
    assert.match(page, new RegExp(`^\\| \`${name}\` \\|`, 'm'))
})

test('a member that no code of its service mentions is on the list of those without effect or refused', async () => {
  for (const { name, operations } of await spokenServices()) {
    const text = codeOf(FOLDERS[name] ?? name)
    for (const [operation, { input }] of Object.entries(operations)) {
      // Its members have a table of their own.
      if (operation === 'CreateTrainingJob') continue
      for (const member of Object.keys(propertiesOf(input))) {
        const isMentioned = new RegExp(`\\b${member}\\b`).test(text)
        const isListed = UNHEEDED_MEMBERS.some((row) => row.operation === operation && row.member === member)
        assert.ok(isMentioned || isListed, `${name} ${operation} ${member}`)
      }
    }
  }
})

test('every member on that list is one of its operation', async () => {
  const services = await spokenServices()
  for (const { service, operation, member } of UNHEEDED_MEMBERS) {
    const input = services.find(({ name }) => name === service)?.operations[operation]?.input ?? {}
    const [first = ''] = member.split(/[.[]/)
    assert.ok(first in propertiesOf(input), `${service} ${operation} ${member}`)
  }
})

/** Without the declarations of inputs, which name every member. */
function codeOf(folder: string): string {
  const files = globSync('*.ts', { cwd: join(OPERATIONS, folder) }).filter(
    (file) => !/^(inputs|members)\.ts$/.test(file),
  )
  return files.map((file) => readFileSync(join(OPERATIONS, folder, file), 'utf8')).join('\n')
}
