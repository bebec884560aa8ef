import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { type Dropped, LIMITS } from '../limits/limits.ts'
import { CaptureError } from './capture-error.ts'
import type { Compression } from './format.ts'
import type { Loss } from './loss.ts'
import type { OctetSource } from './octet-source.ts'

/**
 * Compressed octets are handed over in pieces of this size whatever the source gives, because an error takes the output
 * of its piece along: so the same damage always leaves the same octets. The trailer (RFC 1952 §2.3.1: CRC32 and ISIZE)
 * goes alone: a wrong checksum takes nothing along.
 */
const PIECE = 16 * 1024
const TRAILER = 8
const OUTPUT_CHUNK = 128 * 1024
/** Chunks that wait to be read: a piece of zstd may be hundreds of megabytes (RFC 8878 §3.1.1.2.2, RLE blocks). */
const MOST_WAITING = 8
const MOST_RATIO = LIMITS.inflationRatio.most
/** So many octets are read in a second or two, and are not worth an attacker's trouble. */
const ANY_RATIO_OCTETS = 1 << 28

/** Node has zstd from 22.15 on; the types of older versions do not know it. */
const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: object) => Transform }

/** `source` decompressed: all members or frames one after the other. What precedes damage or a cut is delivered. */
export function inflate(path: string, source: OctetSource, compression: Compression): OctetSource {
  if (compression === 'none') return source
  if (compression === 'gzip')
    return new InflatedOctets(source, compression, zlib.createGunzip({ chunkSize: OUTPUT_CHUNK }))
  if (createZstdDecompress !== undefined) {
    return new InflatedOctets(source, compression, createZstdDecompress({ chunkSize: OUTPUT_CHUNK }))
  }
  source.close()
  const what = `is compressed with zstd, which Node reads from 22.15 on (this is ${process.versions.node}); decompress it with zstd -d`
  throw new CaptureError('SRTP_SCAN_ZSTD_UNAVAILABLE', path, what)
}

class InflatedOctets implements OctetSource {
  readonly #source: OctetSource
  readonly #compression: Compression
  readonly #inflater: Transform
  readonly #output: Uint8Array[] = []
  #outputOffset = 0
  #produced = 0
  #taken = 0
  #isTooFar = false
  #held: Uint8Array | undefined
  #begun = false
  #ended = false
  #settle: () => void = () => {}
  /** A piece that is not all decompressed: what came of it is to be read first. */
  #writing: Promise<void> | undefined
  #full: () => void = () => {}
  #error: NodeJS.ErrnoException | undefined

  constructor(source: OctetSource, compression: Compression, inflater: Transform) {
    this.#source = source
    this.#compression = compression
    this.#inflater = inflater
    inflater.on('data', (chunk: Uint8Array) => {
      this.#output.push(chunk)
      this.#produced += chunk.length
      if (this.#output.length >= MOST_WAITING) {
        inflater.pause()
        this.#full()
      }
      if (this.#produced <= ANY_RATIO_OCTETS || this.#produced <= MOST_RATIO * this.#taken) return
      this.#isTooFar = true
      inflater.destroy()
    })
    inflater.on('error', (error) => {
      this.#error = error
    })
    // The callback of a write that fails is never called.
    inflater.on('close', () => {
      this.#ended = true
      this.#settle()
    })
  }

  get dropped(): Dropped | undefined {
    return this.#isTooFar ? { inflationRatio: 1 } : undefined
  }

  get lost(): Loss | undefined {
    if (this.#isTooFar) return { reason: `${this.#compression} data that inflates too far`, atByte: this.#produced }
    if (this.#error === undefined) return undefined
    const cut = this.#error.code === 'Z_BUF_ERROR' || /unexpected end|incomplete/i.test(this.#error.message)
    const reason = cut ? `the ${this.#compression} data ends early` : `damaged ${this.#compression} data`
    return { reason, atByte: this.#produced }
  }

  get bytesRead(): number {
    return this.#source.bytesRead
  }

  async read(target: Uint8Array): Promise<number> {
    let filled = 0
    while (filled < target.length) {
      const chunk = this.#output[0]
      if (chunk === undefined) {
        if (this.#ended) break
        await this.#feed()
        continue
      }
      const part = chunk.subarray(this.#outputOffset, this.#outputOffset + target.length - filled)
      target.set(part, filled)
      filled += part.length
      this.#outputOffset += part.length
      if (this.#outputOffset === chunk.length) {
        this.#output.shift()
        this.#outputOffset = 0
      }
    }
    return filled
  }

  /** Brings some output, or the end of a piece. */
  async #feed(): Promise<void> {
    this.#writing ??= this.#feedPiece().finally(() => {
      this.#writing = undefined
    })
    const full = new Promise<void>((resolve) => {
      this.#full = resolve
    })
    this.#inflater.resume()
    await Promise.race([this.#writing, full])
  }

  async #feedPiece(): Promise<void> {
    if (!this.#begun) {
      this.#begun = true
      this.#held = await this.#readPiece()
    }
    const piece = this.#held ?? new Uint8Array(0)
    const following = await this.#readPiece()
    this.#held = following
    if (following.length > 0) return this.#write(piece)
    const trailer = Math.max(piece.length - TRAILER, 0)
    await this.#write(piece.subarray(0, trailer))
    await this.#write(piece.subarray(trailer))
    if (this.#ended) return
    await new Promise<void>((resolve) => {
      this.#settle = resolve
      this.#inflater.end()
    })
  }

  #write(piece: Uint8Array): Promise<void> {
    if (this.#ended || piece.length === 0) return Promise.resolve()
    this.#taken += piece.length
    return new Promise((resolve) => {
      this.#settle = resolve
      this.#inflater.write(piece, () => resolve())
    })
  }

  async #readPiece(): Promise<Uint8Array> {
    const piece = new Uint8Array(PIECE)
    let filled = 0
    while (filled < PIECE) {
      const count = await this.#source.read(piece.subarray(filled))
      if (count === 0) break
      filled += count
    }
    return piece.subarray(0, filled)
  }

  close(): void {
    this.#ended = true
    this.#inflater.destroy()
    this.#source.close()
  }
}
