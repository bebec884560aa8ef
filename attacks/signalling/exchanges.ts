import type { Attack } from '../attack.ts'
import { uncounted } from './complete.ts'
import {
  CALLEE,
  CALLER,
  cryptoLine,
  description,
  EPOCH_US,
  fromCallee,
  fromCaller,
  type Sent,
  send,
} from './message.ts'

const SAVP = 'RTP/SAVP 0'

function exchanges(name: string, title: string, next: (n: number) => readonly Sent[]): Attack {
  return {
    name,
    title,
    against: 'signalling',
    write(writer, octets) {
      send(writer, octets, next)
    },
    missing(report) {
      const { rtp } = report.totals
      return rtp > 0 ? [] : uncounted(report)
    },
  }
}

function offered(n: number, lines: readonly string[], port = 4000): Sent[] {
  const toTag = n === 0 ? {} : { toTag: 't' }
  return [
    fromCaller({ branch: `${n}`, cseq: n + 1, ...toTag, body: description(port, lines, SAVP) }),
    fromCallee({ branch: `${n}`, cseq: n + 1, status: 200, toTag: 't', body: description(5000, lines, SAVP) }),
  ]
}

const PROXY = { address: 0x0a000001, port: 5060 }

/** A re-INVITE that goes by a proxy, and its answer: two hops with a hold each. */
function held(n: number): Sent[] {
  const lines = [n % 2 === 0 ? 'a=sendrecv' : 'a=inactive']
  const said = { cseq: n + 1, ...(n === 0 ? {} : { toTag: 't' }) }
  const [offer, answer] = [description(4000, lines), description(5000, lines)]
  const ask = (branch: string) => fromCaller({ ...said, branch: `${branch}${n}`, body: offer })
  const accept = (branch: string) =>
    fromCallee({ ...said, branch: `${branch}${n}`, status: 200, toTag: 't', body: answer })
  return [
    { ...ask('a'), destination: PROXY },
    { ...ask('b'), source: PROXY },
    { ...accept('b'), destination: PROXY },
    { ...accept('a'), source: PROXY },
  ]
}

/** Some packets of one stream, or of each of many. */
function media(ssrc: number, port: number, packets = 5): Sent[] {
  return Array.from({ length: packets }, (_, n) => {
    const payload = Buffer.alloc(12 + 20 + 10, n)
    payload[0] = 0x80
    payload[1] = 0
    payload.writeUInt16BE(n + 1, 2)
    payload.writeUInt32BE(n * 160, 4)
    payload.writeUInt32BE(ssrc, 8)
    return { source: { ...CALLEE, port: 5000 }, destination: { ...CALLER, port }, payload }
  })
}

const TURNS = 500
const TURN_US = 8e6
const STREAM_OCTETS = 5 * 98

/** Streams that go on through hundreds of holds, on two hops each: a quarter of the octets are media. */
const HELD_WITH_STREAMS: Attack = {
  name: 'held-with-streams',
  title: 'hundreds of holds by two hops, and streams that go on through all of them',
  against: 'signalling',
  write(writer, octets) {
    const streams = Math.floor(octets / 4 / STREAM_OCTETS)
    let timeUs = EPOCH_US
    const sendAll = (all: readonly Sent[]) => {
      for (const { source = CALLER, destination = CALLEE, payload } of all) {
        timeUs += 2
        writer.add(timeUs, source, destination, payload)
      }
    }
    sendAll(held(0))
    for (let n = 0; n < streams; n++) sendAll(media(n, 4000).slice(0, 4))
    for (let n = 1; n < TURNS; n++) {
      timeUs += TURN_US
      sendAll(held(n))
    }
    timeUs += TURN_US
    for (let n = 0; n < streams; n++) sendAll(media(n, 4000).slice(4))
    for (let n = streams; writer.octets < octets; n++) sendAll(media(n, 4000))
  },
  missing(report) {
    return report.totals.rtp > 0 ? [] : uncounted(report)
  },
}

export const EXCHANGES: readonly Attack[] = [
  exchanges('re-invites', 're-INVITEs of one dialog', (n) => offered(n, [cryptoLine(1)])),
  exchanges('re-invites-with-media', 're-INVITEs of one dialog whose media goes on', (n) => [
    ...offered(n, [cryptoLine(1)]),
    ...(n < 8 ? media(n, 4000, 20) : []),
  ]),
  exchanges('new-keys', 're-INVITEs of one dialog, each with a new key', (n) => offered(n, [cryptoLine(n)])),
  exchanges('new-keys-with-media', 're-INVITEs with new keys whose media goes on', (n) => [
    ...offered(n, [cryptoLine(n)]),
    ...media(1, 4000, 1),
  ]),
  exchanges('new-keys-with-streams', 're-INVITEs with new keys, and a stream each', (n) => [
    ...offered(n, [cryptoLine(2 * n), cryptoLine(2 * n + 1)]),
    ...media(n, 4000),
  ]),
  HELD_WITH_STREAMS,
  exchanges('updates', 'UPDATEs of one dialog, unanswered', (n) => [
    fromCaller({ method: 'UPDATE', branch: `${n}`, cseq: n, toTag: 't', body: description(4000 + (n & 4095)) }),
  ]),
  exchanges('pracks', '183s with new offers and PRACKs with their answers', (n) =>
    n === 0
      ? [fromCaller({})]
      : [
          fromCallee({ status: 183, toTag: `${n}`, lines: [`RSeq: ${n}`], body: description(5000) }),
          fromCaller({
            method: 'PRACK',
            branch: `p${n}`,
            cseq: n + 1,
            toTag: `${n}`,
            lines: [`RAck: ${n} 1 INVITE`],
            body: description(4000),
          }),
        ],
  ),
  exchanges('forked-answers', 'answers of a new To tag each', (n) =>
    n === 0
      ? [fromCaller({ body: description(4000) })]
      : [fromCallee({ status: 183, toTag: `${n}`, body: description(5000 + (n & 4095)) })],
  ),
  exchanges('changing-answers', 'answers that differ from the one before', (n) =>
    n === 0
      ? [fromCaller({ body: description(4000) })]
      : [fromCallee({ status: 183, toTag: 't', body: description(5000, [`a=label:${n}`]) })],
  ),
  exchanges('keyed-calls', 'calls with a key each, over one media address', (n) => [
    fromCaller({ callId: `${n}`, branch: `${n}`, body: description(4000, [cryptoLine(2 * n)], SAVP) }),
    fromCallee({
      callId: `${n}`,
      branch: `${n}`,
      status: 200,
      toTag: 't',
      body: description(5000, [cryptoLine(2 * n + 1)], SAVP),
    }),
  ]),
  exchanges('shared-address', 'calls over one media address, and a stream each', (n) => [
    fromCaller({ callId: `${n}`, branch: `${n}`, body: description(4000) }),
    fromCallee({ callId: `${n}`, branch: `${n}`, status: 200, toTag: 't', body: description(4000) }),
    ...media(n, 4000),
  ]),
  exchanges('shared-ssrc', 'calls that all announce one SSRC, and streams of it', (n) => [
    fromCaller({ callId: `${n}`, branch: `${n}`, body: description(4000, ['a=ssrc:1 cname:a']) }),
    {
      source: { ...CALLEE, port: 9000 },
      destination: { address: 0x0a000000 + n, port: 9000 },
      payload: media(1, 4000, 1)[0].payload,
    },
    {
      source: { ...CALLEE, port: 9000 },
      destination: { address: 0x0a000000 + n, port: 9000 },
      payload: media(1, 4000, 2)[1].payload,
    },
    {
      source: { ...CALLEE, port: 9000 },
      destination: { address: 0x0a000000 + n, port: 9000 },
      payload: media(1, 4000, 3)[2].payload,
    },
    {
      source: { ...CALLEE, port: 9000 },
      destination: { address: 0x0a000000 + n, port: 9000 },
      payload: media(1, 4000, 4)[3].payload,
    },
  ]),
]
