import { expect, test } from 'vitest'
import type { Endpoint } from '../../src/bytes/endpoint.ts'
import type { Report } from '../../src/model/report.ts'
import { formatDescription } from '../judgement/build/description.ts'
import { send } from '../judgement/build/media-flow.ts'
import { crypto, telephoneCall, under } from '../judgement/build/telephone-call.ts'
import { Trace } from '../judgement/build/trace.ts'
import { reportOn } from '../judgement/judge.ts'

const FAX_FROM_MS = 3000
const FAX_TO_MS = 6000

/** A call whose one m= line becomes m=image (RFC 3362) by a re-INVITE of the callee, on the ports of its audio. */
interface Fax {
  readonly firstNumber: number
  readonly thenAudio: boolean
  /** The line of audio is closed, and the fax has one of its own. */
  readonly beside?: boolean
  readonly calleeSends?: 'nothing'
}

function faxCall({ firstNumber, thenAudio, beside = false, calleeSends }: Fax): Trace {
  const trace = new Trace()
  const { dialog, caller, callee } = telephoneCall(trace, {
    talkMs: 9000,
    caller: { sends: { endMs: FAX_FROM_MS } },
    callee: { sends: calleeSends ?? { endMs: FAX_FROM_MS } },
    goesOn: true,
  })
  dialog.renegotiate(FAX_FROM_MS, 'callee', [image(callee.media, beside), image(caller.media, beside)])
  udptl(trace, caller.media, callee.media, firstNumber)
  udptl(trace, callee.media, caller.media, firstNumber)
  if (thenAudio) {
    const [ofCaller, ofCallee] = [crypto('again/caller'), crypto('again/callee')]
    const answer = caller.describe({ crypto: [ofCaller] }, 3)
    dialog.renegotiate(FAX_TO_MS, 'callee', [callee.describe({ crypto: [ofCallee] }, 3), answer])
    const [startMs, endMs] = [FAX_TO_MS + 100, 9000]
    send(trace, { label: 'a', from: caller.media, to: callee.media, startMs, endMs, under: under(ofCaller) })
    send(trace, { label: 'b', from: callee.media, to: caller.media, startMs, endMs, under: under(ofCallee) })
  }
  dialog.end(9900)
  return trace
}

function image({ address, port }: Endpoint, beside: boolean): string {
  const media = beside ? [{ port: 0 }] : []
  const text = formatDescription({ origin: address, version: 2, media })
  return `${text}m=image ${port} udptl t38\r\na=T38FaxVersion:0\r\n`
}

/** UDPTL (T.38 §9.1): a sequence number, the primary packet with its length, and the one before it again. */
function udptl(trace: Trace, from: Endpoint, to: Endpoint, firstNumber: number): void {
  for (let n = 0; FAX_FROM_MS + 100 + n * 30 < FAX_TO_MS; n++) {
    const number = Buffer.alloc(2)
    number.writeUInt16BE((firstNumber + n) & 0xffff)
    // An indicator, sent again and again, then data.
    const primary = n < 30 ? Buffer.from([0x06]) : Buffer.concat([Buffer.from([0xc0, 1, 0x80]), Buffer.alloc(40, n)])
    const length = Buffer.from([primary.length])
    const parts = [number, length, primary, Buffer.from([0, 1]), length, primary, Buffer.alloc(8)]
    trace.datagram(FAX_FROM_MS + 100 + n * 30, from, to, Buffer.concat(parts))
  }
}

function codecs({ streams }: Report) {
  return streams.flatMap(({ kind, codec, protection }) => (kind === 'rtp' ? [`${codec} ${protection}`] : []))
}

function rules({ findings }: Report) {
  return findings.map(({ rule }) => rule)
}

const AMBIENT = ['sdes-key-exposed', 'sip-cleartext']

// From number 32768 on the first octet of UDPTL is that of RTP version 2 (RFC 3550 §5.1).
test.each([0, 0x8000])('T.38 on the ports of audio is no RTP, by numbers from %i on', async (firstNumber) => {
  const report = await reportOn(faxCall({ firstNumber, thenAudio: true }), {})
  expect(codecs(report)).toEqual(Array.from({ length: 4 }, () => 'PCMU/8000 srtp'))
  expect(rules(report)).toEqual(AMBIENT)
})

test('the audio before T.38 keeps its codec', async () => {
  const report = await reportOn(faxCall({ firstNumber: 0, thenAudio: false }), {})
  expect(codecs(report)).toEqual(['PCMU/8000 srtp', 'PCMU/8000 srtp'])
})

test.each([0, 0x8000])(
  'the audio before T.38 in a line beside it stays in its own line, by numbers from %i on',
  async (firstNumber) => {
    const report = await reportOn(faxCall({ firstNumber, thenAudio: false, beside: true }), {})
    expect(codecs(report)).toEqual(['PCMU/8000 srtp', 'PCMU/8000 srtp'])
    expect(report.streams.map(({ mediaIndex }) => mediaIndex)).toEqual([0, 0, 0, 0])
    expect(rules(report)).toEqual(AMBIENT)
  },
)

test('and is one-way where it is', async () => {
  const report = await reportOn(faxCall({ firstNumber: 0, thenAudio: false, beside: true, calleeSends: 'nothing' }), {})
  expect(rules(report)).toContain('one-way-media')
})
