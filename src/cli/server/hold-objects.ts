import type { SignedClient } from '../../client/signed-client.ts'

/** A third of the time that a hold lasts: two renewals may be lost. */
const RENEWALS = 3

/** Makes a running server keep the files of all objects until this is disposed of, or this program has died. */
export async function holdObjects(client: SignedClient): Promise<AsyncDisposable> {
  const { id, seconds } = (await client.own('/-/holds', { method: 'POST' })) as { id: string; seconds: number }
  // A server that has gone deletes nothing either.
  const renew = () => void client.own(`/-/holds/${id}`, { method: 'PUT' }).catch(() => undefined)
  const timer = setInterval(renew, (seconds * 1000) / RENEWALS)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await client.own(`/-/holds/${id}`, { method: 'DELETE' }).catch(() => undefined)
    },
  }
}
