import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { CaptureError } from './capture-error.ts'
import {
  type CaptureFormat,
  type Compression,
  describeNoCapture,
  detectCompression,
  detectFormat,
  MAGIC_LENGTH,
} from './format.ts'
import { inflate } from './inflated-octets.ts'
import { FileOctets, type OctetSource, PeekedOctets, StreamOctets } from './octet-source.ts'

/** One input that is known to be a capture. */
export interface CaptureInput {
  /** As it was named, or the directory as it was named and the file in it. */
  readonly path: string
  readonly format: CaptureFormat
  readonly compression: Compression
  /** Size of the file; absent for pipes and standard input. */
  readonly sizeBytes?: number
  /** A regular file, which can be read again. */
  readonly reopenable: boolean
  /** Where it is not reopenable: its octets, decompressed, from the first one on. */
  readonly source?: OctetSource
}

/** Octets enough to say what a file that is no capture looks like. */
const HEAD = 8

/** Looks at a regular file. Throws a CaptureError where it is unreadable, empty or no capture. */
export async function identifyFile(path: string, sizeBytes: number): Promise<CaptureInput> {
  const { format, compression, source } = await identify(path, new FileOctets(path))
  source.close()
  return { path, format, compression, sizeBytes, reopenable: true }
}

/** Looks at the first octets of a pipe (a path that is no regular file) or of a stream; they stay to be read. */
export async function identifyStream(path: string, stream: Readable = createReadStream(path)): Promise<CaptureInput> {
  return { path, reopenable: false, ...(await identify(path, new StreamOctets(path, stream))) }
}

/** The octets of the capture, decompressed. Those of an input that is not reopenable can be had once. */
export function openOctets(input: CaptureInput): OctetSource {
  return input.source ?? inflate(input.path, new FileOctets(input.path), input.compression)
}

async function identify(
  path: string,
  raw: OctetSource,
): Promise<{ format: CaptureFormat; compression: Compression; source: OctetSource }> {
  try {
    const outer = new PeekedOctets(raw)
    const head = await outer.peek(HEAD)
    if (head.length === 0) {
      throw new CaptureError('SRTP_SCAN_CAPTURE_EMPTY', path, 'no capture: it is empty')
    }
    const compression = detectCompression(head)
    const source = compression === 'none' ? outer : new PeekedOctets(inflate(path, outer, compression))
    const first = source === outer ? head : await source.peek(HEAD)
    const format = detectFormat(first)
    if (format !== undefined) return { format, compression, source }
    const inside = source === outer ? '' : `${compression} with `
    const nothing = source.lost?.reason ?? 'nothing inside'
    const what = inside + (first.length < MAGIC_LENGTH && inside !== '' ? nothing : describeNoCapture(first))
    throw new CaptureError('SRTP_SCAN_NO_CAPTURE', path, what)
  } catch (error) {
    raw.close()
    throw error
  }
}
