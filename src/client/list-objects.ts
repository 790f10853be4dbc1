import { uriEncode } from '../protocol/uri.ts'
import { childText } from '../protocol/xml.ts'
import type { S3Location } from '../util/s3-uri.ts'
import { readXml } from './read-xml.ts'
import type { SignedClient } from './signed-client.ts'

export interface ListedObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
}

/** Every object whose key begins with `prefix.key`, in the order of their keys, page by page. @throws ServiceError, ConnectionError */
export async function* listObjects(
  client: SignedClient,
  prefix: S3Location,
  options: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<ListedObject> {
  let token: string | undefined
  do {
    // Keys come percent-encoded: XML cannot carry every character that a key may have.
    const query = ['list-type=2', 'encoding-type=url', `prefix=${uriEncode(prefix.key)}`]
    if (token !== undefined) query.push(`continuation-token=${uriEncode(token)}`)
    const request = { service: 's3', method: 'GET', path: `/${prefix.bucket}`, query: query.join('&') } as const
    const page = await readXml(client.endpoint, await client.send({ ...request, signal: options.signal }))
    for (const entry of page.children) {
      if (entry.name !== 'Contents') continue
      const key = decodeURIComponent((childText(entry, 'Key') ?? '').replaceAll('+', ' '))
      yield { key, size: Number(childText(entry, 'Size') ?? 0) }
    }
    token = childText(page, 'NextContinuationToken')
  } while (token !== undefined)
}
