import { hash } from 'node:crypto'
import { validationException } from '../../protocol/errors.ts'

const VERSION = 2

/**
 * A page token: the place where a page ended, opaque to clients and bound to its list, so that it cannot be taken into another.
 *
 * @param list what the list is of; `MaxResults` is no part of it, a client may change it from page to page
 */
export function encodePageToken(place: readonly (string | number)[], list: object): string {
  return Buffer.from(JSON.stringify([VERSION, listKey(list), ...place])).toString('base64url')
}

/** @throws AwsError ValidationException for a token that was not given out, or for another list (behaviour 6.7; AWS's text is unknown) */
export function decodePageToken(token: string, list: object): readonly unknown[] {
  const [version, key, ...place] = parsed(token)
  if (version !== VERSION || key !== listKey(list)) throw badPageToken()
  return place
}

export function badPageToken() {
  return validationException(
    'The NextToken is not valid for this list: it must be passed on as it was given, with the same filters.',
  )
}

function parsed(token: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}

/** Members that are absent and members in another order make the same list. */
function listKey(list: object): string {
  const entries = Object.entries(list).filter(([, value]) => value !== undefined)
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return hash('sha256', JSON.stringify(sorted), 'base64url').slice(0, 16)
}
