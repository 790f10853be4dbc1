import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'

/** `node_modules/a/…` and `node_modules/a/node_modules/@s/b/…`: the folder of the innermost package. */
const PACKAGE_FOLDER = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//
const LICENCE_FILES = '{LICEN[CS]E,licen[cs]e,Licen[cs]e,NOTICE,COPYING}*'

/** A package in the bundle whose licence cannot be told: it must not be shipped. */
export class MissingLicenceError extends Error {
  override readonly name = 'MissingLicenceError'
  readonly code = 'MissingLicence'

  constructor(folder: string) {
    super(`${folder} is in the bundle and has no licence file.`)
  }
}

/**
 * The licence texts of everything that a bundle has taken in, as those licences ask for.
 *
 * @throws MissingLicenceError
 */
export function thirdPartyNotices({ inputs }: Metafile): string {
  const folders = Object.keys(inputs).flatMap((input) => PACKAGE_FOLDER.exec(input)?.[1] ?? [])
  const texts = [...new Set(folders)].sort().map(noticeOf)
  return ['dist/*.js contain code of these packages.\n', ...texts].join(`\n${'='.repeat(80)}\n\n`)
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Facts
  const files = globSync(LICENCE_FILES, { cwd: folder }).sort()
  if (files.length === 0) throw new MissingLicenceError(folder)
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim())
  return [`${name} ${version} (${license})`, ...texts, ''].join('\n\n')
}

interface Facts {
  readonly name: string
  readonly version: string
  readonly license: string
}
