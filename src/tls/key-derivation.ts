import { createHmac } from 'node:crypto'

type Hash = 'md5' | 'sha1' | 'sha256' | 'sha384'

/** P_hash of RFC 5246 §5. */
function expand(hash: Hash, secret: Uint8Array, seed: Uint8Array, length: number): Buffer {
  const blocks: Buffer[] = []
  let a: Uint8Array = seed
  for (let have = 0; have < length; have += blocks[0].length) {
    a = createHmac(hash, secret).update(a).digest()
    blocks.push(createHmac(hash, secret).update(a).update(seed).digest())
  }
  return Buffer.concat(blocks).subarray(0, length)
}

/**
 * The pseudorandom function of TLS 1.2 (RFC 5246 §5) with the suite's hash, or of TLS 1.0 and 1.1 (RFC 2246 §5) where no
 * hash is given.
 */
export function prf(
  hash: Hash | undefined,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Buffer {
  const labelled = Buffer.concat([Buffer.from(label, 'latin1'), seed])
  if (hash !== undefined) return expand(hash, secret, labelled, length)
  const half = Math.ceil(secret.length / 2)
  const md5 = expand('md5', secret.subarray(0, half), labelled, length)
  const sha1 = expand('sha1', secret.subarray(secret.length - half), labelled, length)
  for (let i = 0; i < length; i++) md5[i] ^= sha1[i]
  return md5
}

/** HKDF-Expand-Label of RFC 8446 §7.1. */
export function expandLabel(
  hash: 'sha256' | 'sha384',
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Buffer {
  const full = Buffer.from(`tls13 ${label}`, 'latin1')
  const info = Buffer.concat([
    Buffer.from([length >> 8, length & 0xff, full.length]),
    full,
    Buffer.from([context.length]),
    context,
  ])
  return hkdfExpand(hash, secret, info, length)
}

/** RFC 5869 §2.3; node:crypto has extract and expand in one only. */
function hkdfExpand(hash: 'sha256' | 'sha384', secret: Uint8Array, info: Uint8Array, length: number): Buffer {
  const blocks: Buffer[] = []
  let previous = Buffer.alloc(0)
  for (let n = 1, have = 0; have < length; n++) {
    previous = createHmac(hash, secret)
      .update(previous)
      .update(info)
      .update(Buffer.from([n]))
      .digest()
    blocks.push(previous)
    have += previous.length
  }
  return Buffer.concat(blocks).subarray(0, length)
}
