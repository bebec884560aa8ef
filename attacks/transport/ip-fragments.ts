import type { Place } from '../../bench/captures/trace-writer.ts'
import type { TraceAttack } from '../attack.ts'
import { ipv4Frame } from '../frames.ts'
import { differing, fewer, framesMissing, notRead, told } from './checks.ts'
import { EPOCH_US, optionsRequest } from './tcp-talk.ts'

const UDP = 17
const SOURCE: Place = { address: 0xcb007101, port: 5060 }
const DESTINATION: Place = { address: 0xc6336402, port: 5060 }
const MOST_WAITING = 1024

/** A fragment of a datagram (RFC 791 §3.1): `offset` in octets, a multiple of eight. */
function fragment(identification: number, offset: number, more: boolean, octets: Uint8Array): Buffer {
  const frame = ipv4Frame(UDP, SOURCE.address + (identification >>> 16), DESTINATION.address, octets)
  frame.writeUInt16BE(identification & 0xffff, 18)
  frame.writeUInt16BE((more ? 0x2000 : 0) | (offset >> 3), 20)
  return frame
}

/** What a UDP datagram of SIP is in IP: its header and a request. */
function datagram(n: number): Buffer {
  const request = optionsRequest(n, 'UDP')
  const header = Buffer.alloc(8)
  header.writeUInt16BE(SOURCE.port, 0)
  header.writeUInt16BE(DESTINATION.port, 2)
  header.writeUInt16BE(8 + request.length, 4)
  return Buffer.concat([header, request])
}

/** As small as they can be. */
export const TINY_FRAGMENTS: TraceAttack = {
  name: 'ip-tiny-fragments',
  title: 'SIP datagrams in IP fragments of 8 octets, the last first',
  against: 'fragments',
  write(writer, octets) {
    for (let n = 0; writer.octets < octets; n++) {
      const whole = datagram(n % 100)
      const last = Math.floor((whole.length - 1) / 8) * 8
      for (let at = last; at >= 0; at -= 8)
        writer.addFrame(EPOCH_US + n * 10, fragment(n, at, at !== last, whole.subarray(at, at + 8)))
    }
  },
  missing(report, frames) {
    return [...framesMissing(report, frames), ...fewer('messages', report.totals.sipMessages, Math.floor(frames / 40))]
  },
}

/** Each over the one before (teardrop), with other octets. */
export const OVERLAPPING_FRAGMENTS: TraceAttack = {
  name: 'ip-overlapping-fragments',
  title: 'IP fragments of 16 octets, each over half of the one before, of datagrams that never end',
  against: 'fragments',
  write(writer, octets) {
    const piece = Buffer.alloc(16)
    for (let n = 0; writer.octets < octets; n++) {
      for (let k = 0; k < 600; k++) {
        // From both ends to the middle: the place of each has to be looked for.
        const at = (k % 2 === 0 ? k : 1200 - k) * 8
        writer.addFrame(EPOCH_US + n * 10, fragment(n, at, true, piece))
      }
    }
  },
  missing(report, frames) {
    const lost = told(report, 'net', 'datagrams-in-too-many-pieces') + told(report, 'net', 'fragments-incomplete')
    return [...framesMissing(report, frames), ...fewer('datagrams given up', lost, Math.floor(frames / 600))]
  },
}

/** First fragments, and no others. */
export const FIRST_FRAGMENTS: TraceAttack = {
  name: 'ip-first-fragments',
  title: 'the first fragment of another datagram each, none of which ever ends',
  against: 'fragments',
  write(writer, octets) {
    const first = datagram(0).subarray(0, 64)
    for (let n = 0; writer.octets < octets; n++) writer.addFrame(EPOCH_US + n * 10, fragment(n, 0, true, first))
  },
  missing(report, frames) {
    return [
      ...framesMissing(report, frames),
      ...differing('datagrams given up', told(report, 'net', 'fragments-evicted'), Math.max(0, frames - MOST_WAITING)),
      ...differing('datagrams that wait', told(report, 'net', 'fragments-incomplete'), Math.min(frames, MOST_WAITING)),
    ]
  },
}

/** 1024 unfinished datagrams at a time of as much as the table holds. */
export const PIECE_TURNOVER: TraceAttack = {
  name: 'ip-piece-turnover',
  title: 'IP fragments of 8 octets of 128 datagrams in turn, which fill the store of pieces over and over',
  against: 'fragments',
  write(writer, octets) {
    const piece = Buffer.alloc(8)
    for (let n = 0; writer.octets < octets; n++) {
      for (let k = 0; k < 64; k++)
        for (let d = 0; d < 128; d++)
          writer.addFrame(EPOCH_US + n * 10, fragment(n * 128 + d, ((k * 37) % 64) * 16, true, piece))
    }
  },
  missing(report, frames) {
    const lost = told(report, 'net', 'fragments-evicted') + told(report, 'net', 'fragments-incomplete')
    return [...framesMissing(report, frames), ...fewer('datagrams given up', lost, Math.floor(frames / 8192))]
  },
}

/** Extension headers (RFC 8200 §4), as many as a frame holds. */
export const EXTENSION_HEADERS: TraceAttack = {
  name: 'ipv6-extension-headers',
  title: 'IPv6 packets of 180 extension headers before UDP',
  against: 'media',
  write(writer, octets) {
    const chain = Buffer.alloc(180 * 8)
    for (let at = 0; at < chain.length; at += 8) chain[at] = 60
    const packet = Buffer.alloc(14 + 40 + chain.length)
    packet.writeUInt16BE(0x86dd, 12)
    packet[14] = 0x60
    packet.writeUInt16BE(chain.length, 18)
    packet[20] = 60
    packet.set(chain, 54)
    for (let n = 0; writer.octets < octets; n++) writer.addFrame(EPOCH_US + n * 10, packet)
  },
  missing(report, frames) {
    return [...framesMissing(report, frames), ...differing('frames not read', notRead(report), frames)]
  },
}
