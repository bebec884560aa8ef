import { expect, test } from 'vitest'
import type { TimedDatagram } from '../../samples/frames.ts'
import { audio } from '../media/exchanges.ts'
import { CALLEE, CALLER, callOf, keysOf, line, reportOn, under } from './faulty-call.ts'

const PROXY = '192.0.2.1'

/** SIP that goes by a proxy, which stands in neither c=. */
function sent(
  ms: number,
  hop: readonly [string, string],
  method: string,
  isRequest: boolean,
  body = '',
): TimedDatagram {
  const [source, destination] = hop
  const isBehind = hop.includes(CALLEE.address)
  const text = [
    isRequest ? `${method} sip:b@198.51.100.20 SIP/2.0` : 'SIP/2.0 200 OK',
    ...(isBehind ? [`Via: SIP/2.0/UDP ${PROXY}:5060;branch=z9hG4bKproxy${method}`] : []),
    `Via: SIP/2.0/UDP ${CALLER.address}:5060;branch=z9hG4bKcaller${method}`,
    'From: <sip:a@203.0.113.10>;tag=a',
    `To: <sip:b@198.51.100.20>${method === 'INVITE' && isRequest ? '' : ';tag=b'}`,
    'Call-ID: call@203.0.113.10',
    `CSeq: 1 ${method}`,
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
