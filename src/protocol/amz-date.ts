const BASIC = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/

/** @param time epoch milliseconds @returns `20261123T074044Z` */
export function formatAmzDate(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, '')
}

/** The requests of one second all say the same. */
let last: { readonly text: string; readonly time: number | undefined } = { text: '', time: undefined }

/** @returns epoch milliseconds, or undefined for anything but an existing time in the basic form of ISO 8601 */
export function parseAmzDate(text: string): number | undefined {
  if (text !== last.text) last = { text, time: parsed(text) }
  return last.time
}

function parsed(text: string): number | undefined {
  const parts = BASIC.exec(text)
  if (!parts) return undefined
  const time = Date.parse(`${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}Z`)
  return Number.isNaN(time) ? undefined : time
}
