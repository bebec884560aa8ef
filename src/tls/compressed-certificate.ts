import * as zlib from 'node:zlib'
import { LIMITS } from '../limits/limits.ts'
import { OctetCursor } from './octet-cursor.ts'

/** A chain is mostly keys, signatures and serial numbers: not even long names let it shrink to a part of this. */
const MOST_TIMES = 32

type Decompress = (octets: Uint8Array, options: { maxOutputLength: number }) => Buffer

/** By CertificateCompressionAlgorithm (RFC 8879 §7.3). Node has zstd from 22.15 on. */
const ALGORITHMS: Readonly<Record<number, Decompress | undefined>> = {
  1: zlib.inflateSync,
  2: zlib.brotliDecompressSync,
  3: (zlib as { readonly zstdDecompressSync?: Decompress }).zstdDecompressSync,
}

/**
 * The body of the Certificate message that a CompressedCertificate stands for (RFC 8879 §4):
 *
 *     algorithm (2) | uncompressed_length (3) | length (3) | compressed_certificate_message
 *
 * Undefined where its algorithm is not known, or it is not what it announces.
 */
export function decompressedCertificate(body: Uint8Array): Uint8Array | undefined {
  const cursor = new OctetCursor(body)
  const decompress = ALGORITHMS[cursor.uint(2)]
  const length = cursor.uint(3)
  const compressed = cursor.vector(3)
  if (cursor.failed || decompress === undefined || compressed.length === 0) return undefined
  if (length > LIMITS.tlsHandshakeOctets.most || length > compressed.length * MOST_TIMES) return undefined
  try {
    const message = decompress(compressed, { maxOutputLength: Math.max(1, length) })
    return message.length === length ? message : undefined
  } catch {
    return undefined
  }
}
