import { OctetWords } from './octet-words.ts'

/** Methods that are told by their octets (IANA's registry). A message of another is for the full parser. */
export const METHODS = [
  ...['INVITE', 'ACK', 'BYE', 'CANCEL', 'PRACK', 'UPDATE', 'OPTIONS', 'REGISTER', 'INFO', 'MESSAGE', 'NOTIFY'],
  ...['PUBLISH', 'REFER', 'SUBSCRIBE'],
]
export const METHOD_WORDS = new OctetWords(METHODS, false)

/** A method may be called anything (RFC 3261 §7.1), a key even: only those that are known are repeated. */
export function isKnownMethod(method: string): boolean {
  return METHODS.includes(method)
}
