import { cp, mkdir, rm } from 'node:fs/promises'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

/** `npm run build`: the one bundle that is shipped, its worker, and the files that are read beside it. */
const out = 'dist'

await rm(out, { recursive: true, force: true })
await mkdir(out, { recursive: true })
await build({
  entryPoints: { trainyard: 'src/cli/main.ts', 'metrics-worker': 'src/telemetry/metrics-worker.ts' },
  outdir: out,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // Some dependencies are CommonJS and ask for `require`.
  banner: {
    js: "import { createRequire as _createRequire } from 'node:module'; const require = _createRequire(import.meta.url);",
  },
  legalComments: 'linked',
})
// Under their own names, which is where `ownFile` looks.
const files = ['src/agent/sandbox/*.sh', 'src/runtime/process/launcher/*.py', 'src/store/migrations/*/*.sql']
for (const file of globSync(files)) await cp(file, join(out, file.replace(/^src\//, '')))
