import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { thirdPartyNotices } from './third-party-notices.ts'

/** `npm run build`, and before `npm pack`: the one bundle that is shipped, its worker, and the files that are read beside it. */
const out = 'dist'
await rm(out, { recursive: true, force: true })
await mkdir(out, { recursive: true })
const { metafile } = await build({
  entryPoints: {
    trainyard: 'src/cli/main.ts',
    'metrics-worker': 'src/telemetry/metrics-worker.ts',
    testing: 'src/testing/start-trainyard.ts',
  },
  outdir: out,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // What is imported when it is needed is a file of its own, so that `serve` does not read what only other commands use.
  splitting: true,
  // Some dependencies are CommonJS and ask for `require`.
  banner: {
    js: "import { createRequire as _createRequire } from 'node:module'; const require = _createRequire(import.meta.url);",
  },
  legalComments: 'none',
  metafile: true,
})
await writeFile(join(out, 'THIRD-PARTY-NOTICES.txt'), thirdPartyNotices(metafile))
// The types of `trainyard/testing` are a file without imports, so that it is its own declaration.
const types = await readFile('src/testing/testing-server.ts', 'utf8')
await writeFile(join(out, 'testing.d.ts'), `${types}\nexport declare const startTrainyard: StartTrainyard\n`)
// Under their own names, which is where `ownFile` looks.
const files = globSync('src/**/*.{sh,py,sql}')
for (const file of files) await cp(file, join(out, file.replace(/^src\//, '')))
