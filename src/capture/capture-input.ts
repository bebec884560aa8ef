import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { CaptureError } from './capture-error.ts'
import { shownUrl } from './capture-url.ts'
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

/** What is known of the clock of a capture. */
export interface CaptureClock {
  /** Captures whose clocks are known beside each other have the same number: that of the first of them. */
  readonly of: number
  readonly aheadUs: number
}

/** One input that is known to be a capture. */
export interface CaptureInput {
  /** As it was named, or the directory as it was named and the file in it: what reports call it. */
  readonly path: string
  /** Where a plain file is opened. */
  readonly place: string
  readonly format: CaptureFormat
  readonly compression: Compression
  /** Size of the file; absent for pipes and standard input. */
  readonly sizeBytes?: number
  /** It can be read again: a regular file, or an object of which a server gives any range. */
  readonly reopenable: boolean
  /** Where clocks were compared: its records are read as that much earlier as its clock is ahead. */
  readonly clock?: CaptureClock
  /** A regular file that is not compressed: its octets can be had at any offset, by its path. */
  readonly isPlainFile: boolean
  /** Its octets as they are stored; those of an input that is not reopenable can be had once, decompressed. */
  readonly open: () => OctetSource
}

/** Octets enough to say what a file that is no capture looks like. */
const HEAD = 8

/** Looks at a regular file. Throws a CaptureError where it is unreadable, empty or no capture. */
export async function identifyFile(path: string, sizeBytes: number): Promise<CaptureInput> {
  const open = () => new FileOctets(path)
  const { format, compression } = await identifyAgain(path, open)
  const isPlainFile = compression === 'none'
  return { path, place: path, format, compression, sizeBytes, reopenable: true, isPlainFile, open }
}

/** Looks at an object on a server. Throws a CaptureError where it cannot be had, is empty or no capture. */
export async function identifyUrl(url: string): Promise<CaptureInput> {
  const [{ HttpObject }, { HttpOctets }] = await Promise.all([import('./http-object.ts'), import('./http-octets.ts')])
  const found = await HttpObject.open(url)
  if (!(found instanceof HttpObject)) return identifyStream(shownUrl(url), found)
  const open = () => new HttpOctets(found)
  const { path, version } = found
  return {
    path,
    place: path,
    sizeBytes: version.sizeBytes,
    reopenable: true,
    isPlainFile: false,
    open,
    ...(await identifyAgain(path, open)),
  }
}

/** Looks at the first octets of a pipe (a path that is no regular file) or of a stream; they stay to be read. */
export async function identifyStream(path: string, stream: Readable = createReadStream(path)): Promise<CaptureInput> {
  const { source, ...found } = await identify(path, new StreamOctets(path, stream))
  return { path, place: path, reopenable: false, isPlainFile: false, ...found, open: () => source }
}

/** The octets of the capture, decompressed. Those of an input that is not reopenable can be had once. */
export function openOctets(input: Pick<CaptureInput, 'path' | 'compression' | 'reopenable' | 'open'>): OctetSource {
  return input.reopenable ? inflate(input.path, input.open(), input.compression) : input.open()
}

async function identifyAgain(
  path: string,
  open: () => OctetSource,
): Promise<Pick<CaptureInput, 'format' | 'compression'>> {
  const { source, ...found } = await identify(path, open())
  source.close()
  return found
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
