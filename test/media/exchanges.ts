import type { FrameRef } from '../../src/bytes/frame-ref.ts'
import type { Described, Exchange, ExchangeState } from '../../src/sdp/exchange.ts'
import { parseSdp } from '../../src/sdp/parse.ts'

/** A description with one audio line; `lines` are added to it. */
export function audio(address: string, port: number, profile: string, ...lines: readonly string[]): string {
  return [
    'v=0',
    `o=- 1 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} ${profile} 0`,
    ...lines,
    '',
  ].join('\r\n')
}

/** Octets of a master key and salt, told apart by their first. */
export function keyOctets(first: number, length = 30): Buffer {
  return Buffer.from(Array.from({ length }, (_, n) => first + n * 7))
}

/** An a=crypto line whose key begins with `octet`. */
export function crypto(tag: number, octet: number, suite = 'AES_CM_128_HMAC_SHA1_80', more = ''): string {
  return `a=crypto:${tag} ${suite} inline:${keyOctets(octet).toString('base64')}${more}`
}

/** Frame n of the trace stands at position n - 1, and time n seconds. */
export function at(frame: number): FrameRef {
  return { position: frame - 1, capture: 0, frame, timeUs: frame * 1_000_000 }
}

export function described(
  frame: number,
  text: string,
  source = '203.0.113.10',
  destination = '198.51.100.20',
): Described {
  const description = parseSdp(Buffer.from(text))
  if (description.kind !== 'description') throw new Error(description.text)
  return {
    at: at(frame),
    description,
    source: { address: source, port: 5060 },
    destination: { address: destination, port: 5060 },
    transport: 'udp',
    method: 'INVITE',
    truncated: false,
  }
}

let exchanges = 0

/** An exchange of call `callId` from its descriptions. */
export function exchange(
  callId: string,
  offer: Described,
  answers: readonly Described[] = [],
  more: { state?: ExchangeState; refusedAt?: FrameRef; previous?: Exchange } = {},
): Exchange {
  return {
    id: exchanges++,
    callId,
    hop: { offerer: offer.source, answerer: offer.destination },
    transport: 'udp',
    offer,
    answers,
    state: answers.length > 0 ? 'answered' : 'pending',
    cseq: 1,
    offererTag: 'a',
    offerSeen: true,
    depth: more.previous === undefined ? 0 : more.previous.depth + 1,
    get first() {
      return more.previous?.first ?? this
    },
    ...more,
  }
}
