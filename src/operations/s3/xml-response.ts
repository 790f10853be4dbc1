import { createHash } from 'node:crypto'
import type { StoredChecksum } from '../../objects/objects.ts'
import { S3_NAMESPACE } from '../../protocol/rest-xml.ts'
import { xmlDocument, type XmlMembers } from '../../protocol/xml-writer.ts'
import type { S3Response } from './s3-request.ts'

/** 200 with a document in S3's namespace. */
export function xmlResponse(root: string, members: XmlMembers, headers: S3Response['headers'] = {}): S3Response {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml', ...headers },
    body: xmlDocument(root, S3_NAMESPACE, members),
  }
}

/** S3's canonical user: 64 hex digits made from the account, the same for all its objects and buckets. */
export function owner(account: string): XmlMembers {
  return { ID: createHash('sha256').update(account).digest('hex'), DisplayName: account }
}

/** `ChecksumCRC32` and `ChecksumType`; nothing where there is none. */
export function checksumMembers(checksum: StoredChecksum | undefined): XmlMembers {
  return checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type } : {}
}
