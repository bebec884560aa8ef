import type { AudioFile } from './audio-file.ts'
import type { AudioTally } from './audio-tally.ts'
import { MOST_PACKET_OCTETS, OggPages, PageKind } from './ogg-page.ts'
import { concealingPackets, type OpusPacket, parseOpusPacket } from './opus-packet.ts'
import { Placement } from './placement.ts'
import type { OrderedFrame } from './rtp-frame.ts'
import type { StreamFile } from './stream-file.ts'

/** Whatever an encoder was fed with, Opus counts at 48 kHz, in RTP (RFC 7587 §4.1) and in Ogg (RFC 7845 §4). */
const RATE = 48000

/** What an encoder looks ahead, usually, and puts before the first sample that it was given (RFC 7845 §4.2): 6.5 ms. */
const PRE_SKIP = 312

/** A page is about a second of audio (RFC 7845 §6). */
const PAGE_SAMPLES = RATE

/** A stream of Opus in Ogg (RFC 7845). */
export class OggOpusFile implements StreamFile {
  readonly #file: AudioFile
  readonly #tally: AudioTally
  readonly #pages: OggPages
  readonly #placement = new Placement(RATE, RATE)
  #written = 0
  /** Of the packet before. */
  #last: OpusPacket | undefined
  /** The place of the first packet. */
  #origin = 0
  /** Samples up to the end of the last packet, and of the last page. */
  #granule = 0
  #pageGranule = 0

  /** @param serial names the logical bitstream */
  constructor(serial: number, file: AudioFile, tally: AudioTally) {
    this.#file = file
    this.#tally = tally
    this.#pages = new OggPages(serial)
  }

  add({ payload, rtpTimestamp, elapsedUs }: OrderedFrame): void {
    const packet = payload.length <= MOST_PACKET_OCTETS ? parseOpusPacket(payload) : undefined
    if (packet === undefined) {
      this.#tally.unreadable++
      return
    }
    const { jumps } = this.#placement
    const position = this.#placement.place(rtpTimestamp, Math.round((elapsedUs * RATE) / 1e6), packet.samples)
    this.#tally.jumps += this.#placement.jumps - jumps
    if (this.#last === undefined) {
      this.#origin = position
      this.#begin(packet.isStereo ? 2 : 1)
    } else {
      const gap = position - this.#origin - this.#granule
      // Where the stream was moved back in time, what is there already stays, and what comes follows it.
      for (const [empty, samples] of concealingPackets(this.#last, gap)) this.#put(empty, samples)
    }
    this.#put(payload.slice(), packet.samples)
    this.#last = packet
    this.#tally.kept++
  }

  end(): void {
    if (this.#last !== undefined) this.#write(PageKind.Last)
  }

  /** The identification and the comment header, a page each (RFC 7845 §3, §5). */
  #begin(channels: number): void {
    const identification = Buffer.alloc(19)
    identification.write('OpusHead', 0, 'latin1')
    identification[8] = 1
    identification[9] = channels
    identification.writeUInt16LE(PRE_SKIP, 10)
    // Gain and mapping family stay 0.
    identification.writeUInt32LE(RATE, 12)
    this.#pages.add(identification)
    this.#write(PageKind.First)
    const vendor = 'srtp-scan'
    const comments = Buffer.alloc(8 + 4 + vendor.length + 4)
    comments.write('OpusTags', 0, 'latin1')
    comments.writeUInt32LE(vendor.length, 8)
    comments.write(vendor, 12, 'latin1')
    this.#pages.add(comments)
    this.#write(PageKind.Continued)
  }

  /** A page is written when it is known not to be the last. */
  #put(packet: Uint8Array, samples: number): void {
    const isFull = this.#granule - this.#pageGranule >= PAGE_SAMPLES || !this.#pages.hasRoomFor(packet.length)
    if (isFull && this.#pages.packets > 0) this.#write(PageKind.Continued)
    this.#pages.add(packet)
    this.#granule += samples
  }

  #write(kind: number): void {
    const page = this.#pages.page(kind, this.#granule)
    this.#file.write(page, this.#written)
    this.#written += page.length
    this.#pageGranule = this.#granule
  }
}
