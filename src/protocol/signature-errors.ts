import { AwsError } from './errors.ts'

/** Services of one protocol answer a bad signature with the same codes. */
export type AuthFamily = 'json' | 'query' | 's3'

/** What can be wrong with who a request says it is from. */
export type AuthFault =
  | 'unknown-key'
  | 'wrong-signature'
  | 'clock'
  | 'not-signed'
  | 'malformed'
  | 'wrong-scope'
  | 'expired-token'
  | 'bad-token'
  | 'presigned-expired'
  | 'not-allowed'

interface Refusal {
  readonly code: string
  readonly status: number
  readonly message: string
}

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and ' +
  'signing method. Consult the service documentation for details.'
const INVALID_TOKEN = 'The security token included in the request is invalid.'
const EXPIRED_TOKEN = 'The security token included in the request is expired'

/** The table "Codes for a bad signature" of wire 6; where it leaves 400 or 403 open the JSON services here say 400, as AWS JSON mostly does. */
const REFUSALS: Readonly<Record<AuthFamily, Readonly<Record<AuthFault, Refusal>>>> = {
  json: {
    'unknown-key': { code: 'UnrecognizedClientException', status: 400, message: INVALID_TOKEN },
    'wrong-signature': { code: 'InvalidSignatureException', status: 400, message: MISMATCH },
    clock: { code: 'InvalidSignatureException', status: 400, message: 'Signature expired.' },
    'not-signed': { code: 'MissingAuthenticationTokenException', status: 400, message: 'Missing Authentication Token' },
    malformed: {
      code: 'IncompleteSignatureException',
      status: 400,
      message: 'The request signature is not well-formed.',
    },
    'wrong-scope': { code: 'InvalidSignatureException', status: 400, message: MISMATCH },
    'expired-token': { code: 'ExpiredTokenException', status: 400, message: EXPIRED_TOKEN },
    'bad-token': { code: 'UnrecognizedClientException', status: 400, message: INVALID_TOKEN },
    'presigned-expired': { code: 'InvalidSignatureException', status: 400, message: 'Signature expired.' },
    'not-allowed': { code: 'AccessDeniedException', status: 400, message: 'Access denied.' },
  },
  query: {
    'unknown-key': { code: 'InvalidClientTokenId', status: 403, message: INVALID_TOKEN },
    'wrong-signature': { code: 'SignatureDoesNotMatch', status: 403, message: MISMATCH },
    clock: { code: 'SignatureDoesNotMatch', status: 403, message: 'Signature expired.' },
    'not-signed': {
      code: 'MissingAuthenticationToken',
      status: 403,
      message: 'Request is missing Authentication Token',
    },
    malformed: { code: 'IncompleteSignature', status: 400, message: 'The request signature is not well-formed.' },
    'wrong-scope': { code: 'SignatureDoesNotMatch', status: 403, message: MISMATCH },
    'expired-token': { code: 'ExpiredToken', status: 403, message: EXPIRED_TOKEN },
    'bad-token': { code: 'InvalidClientTokenId', status: 403, message: INVALID_TOKEN },
    'presigned-expired': { code: 'SignatureDoesNotMatch', status: 403, message: 'Signature expired.' },
    'not-allowed': { code: 'AccessDenied', status: 403, message: 'Access denied.' },
  },
  s3: {
    'unknown-key': {
      code: 'InvalidAccessKeyId',
      status: 403,
      message: 'The AWS Access Key Id you provided does not exist in our records.',
    },
    'wrong-signature': {
      code: 'SignatureDoesNotMatch',
      status: 403,
      message:
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    },
    clock: {
      code: 'RequestTimeTooSkewed',
      status: 403,
      message: 'The difference between the request time and the current time is too large.',
    },
    'not-signed': { code: 'AccessDenied', status: 403, message: 'Access Denied' },
    malformed: { code: 'AuthorizationHeaderMalformed', status: 400, message: 'The authorization header is malformed.' },
    'wrong-scope': {
      code: 'AuthorizationHeaderMalformed',
      status: 400,
      message: 'The authorization header is malformed.',
    },
    'expired-token': { code: 'ExpiredToken', status: 400, message: 'The provided token has expired.' },
    'bad-token': {
      code: 'InvalidToken',
      status: 400,
      message: 'The provided token is malformed or otherwise invalid.',
    },
    'presigned-expired': { code: 'AccessDenied', status: 403, message: 'Request has expired' },
    'not-allowed': { code: 'AccessDenied', status: 403, message: 'Access Denied' },
  },
}

/**
 * The refusal in the code and status of the family.
 * @param message in place of the usual one, where AWS names what it found
 */
export function authError(
  family: AuthFamily,
  fault: AuthFault,
  message?: string,
  details: Readonly<Record<string, string>> = {},
): AwsError {
  const refusal = REFUSALS[family][fault]
  return new AwsError(refusal.code, message ?? refusal.message, { status: refusal.status, details })
}
