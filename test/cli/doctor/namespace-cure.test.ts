import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { namespaceCure } from '../../../src/cli/doctor/namespace-cure.ts'
import { ROOT } from '../program.ts'

const REFUSED = 'bwrap: No permissions to create new namespace'

test('The setting of the kernel that stands in the way of namespaces is named', () => {
  const settings = [
    { name: 'user/max_user_namespaces', value: '0', cure: /sysctl -w user\.max_user_namespaces=15000$/ },
    { name: 'kernel/unprivileged_userns_clone', value: '0', cure: /sysctl -w kernel\.unprivileged_userns_clone=1$/ },
    {
      name: 'kernel/apparmor_restrict_unprivileged_userns',
      value: '1',
      cure: /sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0$/,
      reason: 'bwrap: setting up uid map: Permission denied',
    },
  ]
  for (const { name, value, cure, reason = REFUSED } of settings)
    assert.match(
      namespaceCure(reason, (asked) => (asked === name ? value : undefined)),
      cure,
    )
})

test('Where no setting stands in the way, what the guide gives a container for namespaces comes before all privileges', () => {
  const cure = namespaceCure(REFUSED, () => undefined)
  const [, options = ''] =
    /^inside a container: start it with (--cap-add .*), or with --privileged; else /.exec(cure) ?? []
  assert.notEqual(options, '', cure)
  assert.ok(readFileSync(join(ROOT, 'docs/guides/run-as-a-service.md'), 'utf8').includes(`| \`${options}\` |`), options)
})
