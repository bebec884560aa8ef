import { TOKEN_OCTETS } from '../bytes/token-octets.ts'

/** Classes of octets, a bit each in `CLASSES`. All are ASCII; none holds a control character. */
export const TOKEN = 1
/** What a header line may hold between its line ends. */
export const PRINTABLE = 2
/** What a URI may hold before `@`, and after `:` where no `@` follows, without escapes. */
export const USER = 4
export const HOST = 8
/** Within the brackets of an IPv6 reference. */
export const IPV6 = 16
/** Parameters of a URI, `;` and `=` included. */
export const URI_PARAMETERS = 32
/** The value of a header parameter that is not quoted. */
export const VALUE = 64
export const DIGIT = 128

export const CLASSES: Uint8Array = classes()

function classes(): Uint8Array {
  const table = new Uint8Array(256)
  const add = (bit: number, text: string): void => {
    for (const c of text) table[c.charCodeAt(0)] |= bit
  }
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
  const digits = '0123456789'
  for (let octet = 32; octet < 127; octet++) {
    table[octet] |= PRINTABLE
    if (TOKEN_OCTETS[octet] === 1) table[octet] |= TOKEN
    if (!'";<>, '.includes(String.fromCharCode(octet))) table[octet] |= VALUE
  }
  add(USER, `${letters}${digits}-_.!~*'()&=+$,;/:#`)
  add(HOST, `${letters}${digits}-_.`)
  add(IPV6, 'abcdefABCDEF0123456789:.')
  add(URI_PARAMETERS, `${letters}${digits}-_.!~*'()&=+$;/:[]`)
  add(DIGIT, digits)
  return table
}
