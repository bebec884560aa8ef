import { describe, expect, test } from 'vitest'
import { composeCall } from '../../samples/call.ts'
import { epochSeconds, incident, singleCalls } from '../../samples/scenarios.ts'
import { createAuthenticator } from '../../src/srtp/authenticator.ts'
import { deriveSessionKeys } from '../../src/srtp/session-keys.ts'
import { type CryptoSuite, suiteByName } from '../../src/srtp/suites.ts'
import { Verdict } from '../../src/srtp/verdict.ts'

const calls = [...Object.values(singleCalls), ...incident.flatMap(({ calls }) => calls)]

/** The packets that one side sends, as the wire carries them, with the rollover counter of each SRTP packet. */
function sentBy(name: string, side: 'caller' | 'callee') {
  const call = calls.find((candidate) => candidate.name === name)
  if (!call) throw new RangeError(name)
  const { datagrams, keys } = composeCall(call, epochSeconds)
  const { address, mediaPort } = call[side]
  const from = (port: number) =>
    datagrams
      .filter(({ source }) => source.address === address && source.port === port)
      .map(({ payload }) => Buffer.from(payload))
  const rtp = from(mediaPort)
  const wrap = rtp.findIndex((packet, i) => i > 0 && packet.readUInt16BE(2) < (rtp[i - 1] as Buffer).readUInt16BE(2))
  return {
    rtp: rtp.map((packet, i) => ({ packet, roc: wrap >= 0 && i >= wrap ? 1 : 0 })),
    rtcp: from(mediaPort + 1),
    wraps: wrap >= 0,
    keys: keys.filter(({ label }) => label === `${name}, ${side}`),
  }
}

const authenticatorOf = ({ suite: name, key }: { suite: string; key: string }) => {
  const suite = suiteByName(name) as CryptoSuite
  const octets = Buffer.from(key, 'base64')
  const masterSalt = octets.subarray(octets.length - 14)
  const masterKey = octets.subarray(0, octets.length - 14)
  return createAuthenticator(deriveSessionKeys({ suite, masterKey, masterSalt }))
}

describe('what the samples send, verified by the tool (RFC 3711 §3.3, §3.4)', () => {
  const protectedSides = calls
    .filter(({ refusal }) => !refusal)
    .flatMap(({ name }) => (['caller', 'callee'] as const).map((side) => [name, side] as const))
    .filter(([name, side]) => sentBy(name, side).keys.length > 0)

  test.each(protectedSides)('%s, %s: every SRTP packet', (name, side) => {
    const { rtp, keys } = sentBy(name, side)
    const authenticator = authenticatorOf(keys[0] as (typeof keys)[number])
    const verdicts = rtp.map(({ packet, roc }) => authenticator.verifyRtp(packet, 0, packet.length, roc))
    expect(new Set(verdicts)).toEqual(new Set([Verdict.Verified]))
    const altered = Buffer.from((rtp[0] as (typeof rtp)[number]).packet)
    altered[20] = (altered[20] as number) ^ 1
    expect(authenticator.verifyRtp(altered, 0, altered.length, 0)).toBe(Verdict.Failed)
  })

  test.each(protectedSides)('%s, %s: SRTCP, unless it is sent in the clear', (name, side) => {
    const { rtcp, keys } = sentBy(name, side)
    const authenticator = authenticatorOf(keys[0] as (typeof keys)[number])
    const verdicts = rtcp.map((packet) => authenticator.verifyRtcp(packet, 0, packet.length))
    const expected = name === 'incident-clear-rtcp' ? Verdict.Failed : Verdict.Verified
    expect(new Set(verdicts)).toEqual(new Set([expected]))
  })

  test('one sequence number wraps, and the rollover counter with it (RFC 3711 §3.3.1)', () => {
    expect(protectedSides.filter(([name, side]) => sentBy(name, side).wraps)).toEqual([['incident-sound', 'caller']])
  })
})
