const V1 = Buffer.from('PROXY ')
/** A line is 107 octets long at most (PROXY protocol §2.1). */
const LONGEST_LINE = 107
const V2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
/** Signature, version and command, family, length (§2.2). */
const V2_HEADER = 16
const LF = 10

/**
 * Octets of the header that a load balancer puts before what its client says, to tell the server who that is (The PROXY protocol,
 * versions 1 and 2, haproxy.org); 0 where there is none. It is sent in one piece; what `bytes` lack of it follows them.
 */
export function proxyHeaderLength(bytes: Uint8Array): number {
  if (beginsWith(bytes, V2)) return bytes.length < V2_HEADER ? 0 : V2_HEADER + bytes[14] * 256 + bytes[15]
  if (!beginsWith(bytes, V1)) return 0
  const end = bytes.subarray(0, LONGEST_LINE).indexOf(LF)
  return end + 1
}

function beginsWith(bytes: Uint8Array, signature: Uint8Array): boolean {
  return bytes.length >= signature.length && signature.every((octet, n) => bytes[n] === octet)
}
