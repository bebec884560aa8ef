import { expect, test } from 'vitest'
import type { TimedDatagram } from '../../samples/frames.ts'
import { audio } from '../media/exchanges.ts'
import { CALLEE, CALLER, callOf, captureOf, keysOf, line, reportOn, SHORT, under } from './faulty-call.ts'

const PROXY = '192.0.2.1'

/** SIP that goes by a proxy, which stands in neither c=. */
function sent(
  ms: number,
  hop: readonly [string, string],
  method: string,
  isRequest: boolean,
  body = '',
  cseq = 1,
): TimedDatagram {
  const [source, destination] = hop
  const isBehind = hop.includes(CALLEE.address)
  const text = [
    isRequest ? `${method} sip:b@198.51.100.20 SIP/2.0` : 'SIP/2.0 200 OK',
    ...(isBehind ? [`Via: SIP/2.0/UDP ${PROXY}:5060;branch=z9hG4bKproxy${method}${cseq}`] : []),
    `Via: SIP/2.0/UDP ${CALLER.address}:5060;branch=z9hG4bKcaller${method}${cseq}`,
    'From: <sip:a@203.0.113.10>;tag=a',
    `To: <sip:b@198.51.100.20>${method === 'INVITE' && isRequest && cseq === 1 ? '' : ';tag=b'}`,
    'Call-ID: call@203.0.113.10',
    `CSeq: ${cseq} ${method}`,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
  const [from, to] = [source, destination].map((address) => ({ address, port: 5060 })) as [typeof CALLER, typeof CALLER]
  return { timeNs: ms * 1e6, source: from, destination: to, payload: Buffer.from(text) }
}

/** @param keys of the offer before and behind the proxy, and of the answer behind and before it */
async function found(
  keys: readonly [string, string, string, string],
  answererOfCaller = CALLEE.address,
): Promise<string[]> {
  const offer = (name: string) => audio(CALLER.address, CALLER.port, 'RTP/SAVP', line(1, name))
  const answer = (name: string, address = CALLEE.address) => audio(address, CALLEE.port, 'RTP/SAVP', line(1, name))
  const { address: a } = CALLER
  const { address: b } = CALLEE
  const media = callOf(
    [],
    [
      { from: 'caller', at: 0.2, count: 50, protect: under(keysOf('caller')) },
      { from: 'callee', at: 0.2, count: 50, protect: under(keysOf('callee')) },
    ],
  ).filter(({ payload }) => (payload[0] & 0xc0) === 0x80)
  const { findings } = await reportOn([
    sent(0, [a, PROXY], 'INVITE', true, offer(keys[0])),
    sent(5, [PROXY, b], 'INVITE', true, offer(keys[1])),
    sent(100, [b, PROXY], 'INVITE', false, answer(keys[2])),
    sent(105, [PROXY, a], 'INVITE', false, answer(keys[3], answererOfCaller)),
    sent(110, [a, PROXY], 'ACK', true),
    sent(112, [PROXY, b], 'ACK', true),
    ...media,
  ])
  return findings.filter(({ rule }) => rule === 'crypto-mismatch').map(({ kind, detail }) => `${kind}: ${detail}`)
}

test('a proxy that passes the keys on changes nothing', async () => {
  expect(await found(['caller', 'caller', 'callee', 'callee'])).toEqual([])
})

test('a hop that changes a key and lets the media by: the receiver has another one', async () => {
  expect(await found(['caller', 'changed', 'callee', 'callee'])).toEqual([
    expect.stringMatching(
      /^changed-on-hop: 203\.0\.113\.10:16384 sends with the key that it gave in frame 1 \(203\.0\.113\.10 > 192\.0\.2\.1\); 198\.51\.100\.20:20000 was given another for it in frame 2 \(192\.0\.2\.1 > 198\.51\.100\.20\)/,
    ),
  ])
  expect(await found(['caller', 'caller', 'callee', 'changed'])).toEqual([
    expect.stringMatching(
      /^changed-on-hop: 198\.51\.100\.20:20000 sends with the key that it gave in frame 3 .* 203\.0\.113\.10:16384 was given another for it in frame 4/,
    ),
  ])
  expect(await found(['caller', 'one', 'callee', 'another'])).toHaveLength(2)
})

test('where a hop takes the media of one side in, each leg has keys of its own', async () => {
  expect(await found(['caller', 'changed', 'callee', 'callee'], PROXY)).toEqual([
    expect.stringMatching(/^wire-other-call-key: 203\.0\.113\.10:16384 sends with a key of another leg of this call/),
  ])
})

test('new keys of a re-INVITE that the capture has of one hop alone are changed by nobody', async () => {
  const invites = (ms: number, cseq: number, suffix: string): TimedDatagram[] => {
    const offer = audio(CALLER.address, CALLER.port, 'RTP/SAVP', line(1, `caller${suffix}`))
    const answer = audio(CALLEE.address, CALLEE.port, 'RTP/SAVP', line(1, `callee${suffix}`))
    return [
      sent(ms, [CALLER.address, PROXY], 'INVITE', true, offer, cseq),
      sent(ms + 5, [PROXY, CALLEE.address], 'INVITE', true, offer, cseq),
      sent(ms + 100, [CALLEE.address, PROXY], 'INVITE', false, answer, cseq),
      sent(ms + 105, [PROXY, CALLER.address], 'INVITE', false, answer, cseq),
    ]
  }
  const media = callOf(
    [],
    [
      { from: 'caller', at: 2.2, count: 50, protect: under(keysOf('caller2')) },
      { from: 'callee', at: 2.2, count: 50, protect: under(keysOf('callee2')) },
    ],
  ).filter(({ payload }) => (payload[0] & 0xc0) === 0x80)
  const again = invites(2000, 2, '2')
  for (const lost of [[], [1], [2], [3], [1, 2], [0, 3]]) {
    const rest = again.filter((_, n) => !(lost as number[]).includes(n))
    const { streams, findings } = await reportOn([...invites(0, 1, ''), ...rest, ...media])
    expect(streams.map(({ verified }) => verified)).toContain(50)
    expect(findings.filter(({ kind }) => kind === 'changed-on-hop')).toEqual([])
  }
})

test('an offer that is cut on its way into the capture may hold the key all the same', async () => {
  const offer = (...lines: string[]) => audio(CALLER.address, CALLER.port, 'RTP/SAVP', ...lines)
  const both = [line(1, 'other', SHORT), line(2, 'caller')]
  const answer = audio(CALLEE.address, CALLEE.port, 'RTP/SAVP', line(2, 'callee'))
  const media = callOf([], [{ from: 'caller', at: 0.2, count: 50, protect: under(keysOf('caller')) }])
  const capture = captureOf([
    sent(0, [CALLER.address, PROXY], 'INVITE', true, offer(...both)),
    sent(5, [PROXY, CALLEE.address], 'INVITE', true, offer(...both)),
    sent(100, [CALLEE.address, PROXY], 'INVITE', false, answer),
    sent(105, [PROXY, CALLER.address], 'INVITE', false, answer),
    ...media.filter(({ payload }) => (payload[0] & 0xc0) === 0x80),
  ])
  // The second frame, in front of its last line.
  const second = 24 + 16 + capture.readUInt32LE(24 + 8)
  const length = capture.readUInt32LE(second + 8)
  const kept = length - both[1].length - 2
  capture.writeUInt32LE(kept, second + 8)
  const end = second + 16
  const cut = Buffer.concat([capture.subarray(0, end + kept), capture.subarray(end + length)])
  const { streams, findings } = await reportOn(cut)
  expect(streams[0].verified).toBe(50)
  expect(findings.filter(({ rule }) => rule === 'crypto-mismatch')).toEqual([])
})
