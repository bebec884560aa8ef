/** 1 for the octets of `token` (RFC 3261 §25.1): those of methods, header names and parameter names. */
export const TOKEN_OCTETS: Uint8Array = tokenOctets()

function tokenOctets(): Uint8Array {
  const table = new Uint8Array(256)
  for (const c of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~") table[c.charCodeAt(0)] = 1
  return table
}
