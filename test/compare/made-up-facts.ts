import type { Facts } from '../../compare/facts.ts'
import type { SeenFrame } from '../../compare/seen-frame.ts'
import type { TsharkFacts } from '../../compare/tshark.ts'

export const SOURCE = '192.0.2.10:4000'
export const DESTINATION = '198.51.100.20:5000'
export const SSRC = '0x1234abcd'
export const STREAM = `${SOURCE} > ${DESTINATION} ${SSRC}`

export function facts(changes: Partial<Facts> = {}): Facts {
  return { frames: 10, sip: [], streams: new Map(), tls: new Map(), ...changes }
}

export function tsharkSays(changes: Partial<TsharkFacts> = {}): TsharkFacts {
  return { ...facts(), seen: [], ...changes }
}

export function frame(changes: Partial<SeenFrame> = {}): SeenFrame {
  const protocols = ['eth', 'ethertype', 'ip', 'udp', 'data']
  return {
    isCut: false,
    protocols,
    source: SOURCE,
    destination: DESTINATION,
    rtp: [],
    hasSipOctets: false,
    isQuoted: false,
    ...changes,
  }
}

/** Frames of the stream, with these sequence numbers. */
export function packets(...sequenceNumbers: readonly number[]): SeenFrame[] {
  return sequenceNumbers.map((sequenceNumber) => frame({ rtp: [{ ssrc: SSRC, sequenceNumber }] }))
}
