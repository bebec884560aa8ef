import type { Attack } from '../attack.ts'
import { uncounted } from './complete.ts'
import { cryptoLine, description, fromCallee, fromCaller, send } from './message.ts'

const ROOM = 58_000

function many(text: (n: number) => string): string[] {
  const texts: string[] = []
  for (let left = ROOM, n = 0; left > 0; n++) {
    texts.push(text(n))
    left -= texts[n].length + 2
  }
  return texts
}

/** An offer of 60 KB in each call, answered by the same. */
function described(name: string, title: string, body: (call: number) => string): Attack {
  return {
    name,
    title,
    against: 'signalling',
    write(writer, octets) {
      send(writer, octets, (n) => [
        fromCaller({ callId: `${n}`, branch: `${n}`, body: body(n) }),
        fromCallee({ callId: `${n}`, branch: `${n}`, status: 200, toTag: 't', body: body(n) }),
      ])
    },
    missing: uncounted,
  }
}

function withLines(name: string, title: string, line: (n: number) => string, format?: string): Attack {
  const body = description(4000, many(line), format)
  return described(name, title, () => body)
}

const types = Array.from({ length: 128 }, (_, n) => n).join(' ')

export const DESCRIPTIONS: readonly Attack[] = [
  withLines('attributes', 'descriptions of thousands of attributes', (n) => `a=x${n}`),
  withLines('known-attributes', 'descriptions of thousands of a=label', (n) => `a=label:${n}`),
  withLines(
    'rtpmaps',
    'thousands of a=rtpmap for one m= line',
    (n) => `a=rtpmap:${n % 128} C${n}/8000`,
    `RTP/AVP ${types}`,
  ),
  withLines('fmtps', 'thousands of a=fmtp', (n) => `a=fmtp:${n % 128} a=${n}`, `RTP/AVP ${types}`),
  withLines('crypto-lines', 'hundreds of a=crypto', (n) => cryptoLine(n, n + 1), 'RTP/SAVP 0'),
  withLines(
    'crypto-words',
    'a=crypto of thousands of words',
    () => `a=crypto:1 A ${'inline:A|2^3;'.repeat(250)}`,
    'RTP/SAVP 0',
  ),
  withLines(
    'candidates',
    'thousands of candidates',
    (n) => `a=candidate:1 1 UDP 1 10.0.${n >> 8}.${n & 255} 5000 typ host`,
  ),
  withLines('ssrcs', 'thousands of a=ssrc', (n) => `a=ssrc:${n} cname:a`),
  withLines('fingerprints', 'hundreds of fingerprints', () => `a=fingerprint:sha-1 ${Array(20).fill('AB').join(':')}`),
  withLines('groups', 'thousands of groups', (n) => `a=group:BUNDLE ${n}`),
  withLines('connections', 'thousands of c= lines', (n) => `c=IN IP4 10.0.${(n >> 8) & 255}.${n & 255}`),
  withLines('directions', 'thousands of directions', () => 'a=sendonly'),
  described(
    'media-lines',
    'thousands of m= lines',
    () => `${description(4000)}${many((n) => `m=audio ${n} RTP/AVP 0`).join('\r\n')}\r\n`,
  ),
  described('formats', 'an m= line of thousands of formats', () =>
    description(4000, [], `RTP/AVP ${many((n) => `${n}`).join(' ')}`),
  ),
  described('groups-of-media', '60 m= lines with all groups and mids', () => {
    const mids = Array.from({ length: 60 }, (_, n) => `m${n}`)
    return `${description(4000)}${mids.map((mid) => `m=audio 4000 RTP/AVP ${types}\r\na=mid:${mid}`).join('\r\n')}\r\n`
  }),
  described('new-attributes', 'attributes that no other call says', (call) =>
    description(
      4000,
      many((n) => `a=label:${call}.${n}`),
    ),
  ),
  described('long-lines', 'attribute lines of 4 KB', () =>
    description(
      4000,
      many(() => `a=fmtp:0 ${'a=b;'.repeat(1000)}`),
    ),
  ),
  described('spaces', 'attribute lines of blanks', () =>
    description(
      4000,
      many(() => `a=rtpmap:0${' '.repeat(4000)}x`),
    ),
  ),
]
