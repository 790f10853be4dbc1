const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** One character of RFC 4648's alphabet for each byte: the form of AWS's access key ids. It cannot be decoded again. */
export function base32Characters(bytes: Buffer): string {
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('')
}
