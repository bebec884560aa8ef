import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { detectCompression, detectFormat } from '../src/capture/format.ts'
import { createRecordCursor, Step } from '../src/capture/record.ts'
import { createWalker, createWalkerState } from '../src/capture/walker.ts'
import { Payload } from '../src/net/datagram.ts'
import { FrameDecoder } from '../src/net/decode.ts'
import { FragmentTable } from '../src/net/fragments.ts'

const FOLDERS = ['../samples', '../../shared/captures'].map((folder) => join(import.meta.dirname, folder))
/** Frames that are taken of one capture: calls repeat themselves. */
const MOST_FRAMES = 60

export interface SeedFrame {
  readonly linkType: number
  readonly bytes: Uint8Array
}

export interface SeedDatagram {
  readonly transport: 'udp' | 'tcp'
  readonly payload: Uint8Array
  readonly ports: readonly [source: number, destination: number]
}

/** Captures of the samples, and real ones where they are there; uncompressed. */
export function seedCaptures(): Uint8Array[] {
  return FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.(pcap|pcapng)(\.gz)?$/.test(name))
      .sort()
      .map((name) => {
        const stored = new Uint8Array(readFileSync(join(folder, name)))
        return detectCompression(stored) === 'gzip' ? new Uint8Array(gunzipSync(stored)) : stored
      }),
  )
}

/** The first frames of each, and then some from further on. */
export function seedFrames(): SeedFrame[] {
  return seedCaptures().flatMap((capture) => {
    const frames = framesOf(capture)
    const step = Math.max(1, Math.floor(frames.length / (MOST_FRAMES / 2)))
    return frames.filter((_, n) => n < MOST_FRAMES / 2 || n % step === 0)
  })
}

export function framesOf(capture: Uint8Array): SeedFrame[] {
  const format = detectFormat(capture)
  if (format === undefined) return []
  const walker = createWalker(format, createWalkerState())
  const cursor = createRecordCursor()
  walker.open(capture, 0, capture.length, 0, true)
  const frames: SeedFrame[] = []
  for (let step = walker.next(cursor); step !== Step.Incomplete; step = walker.next(cursor)) {
    if (step === Step.Secrets) continue
    const { dataOffset, capturedLength, linkType } = cursor
    frames.push({ linkType, bytes: capture.slice(dataOffset, dataOffset + capturedLength) })
  }
  return frames
}

/** What UDP and TCP carried. */
export function seedDatagrams(): SeedDatagram[] {
  const decoder = new FrameDecoder(new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0))
  return seedFrames().flatMap(({ linkType, bytes }): SeedDatagram[] => {
    decoder.decode(bytes, { dataOffset: 0, capturedLength: bytes.length, linkType, seconds: 0 })
    const found = decoder.datagram
    if ((found.payload !== Payload.Udp && found.payload !== Payload.Tcp) || found.length === 0) return []
    const payload = found.bytes.slice(found.offset, found.offset + found.length)
    const transport = found.payload === Payload.Udp ? 'udp' : 'tcp'
    return [{ transport, payload, ports: [found.sourcePort, found.destinationPort] }]
  })
}

/** One of each kind: datagrams that differ in their first octets or their length. */
export function distinct(datagrams: readonly Uint8Array[], most = 400): Uint8Array[] {
  const kinds = new Map(
    datagrams.map((bytes) => [`${Buffer.from(bytes.subarray(0, 12)).toString('latin1')} ${bytes.length >> 4}`, bytes]),
  )
  return [...kinds.values()].slice(0, most)
}
