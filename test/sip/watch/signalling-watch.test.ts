import { expect, test } from 'vitest'
import { readDigest } from '../../../src/sip/watch/digest.ts'
import { Watched } from './watched.ts'

const SERVER = '198.51.100.20'

test('forged sources fill no table beyond its ceiling, and do not hide who is busy', () => {
  const watched = new Watched()
  for (let n = 0; n < 15_000; n++) {
    const forged = `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`
    watched.say({
      from: forged,
      to: SERVER,
      start: 'INVITE',
      callId: `f${n}`,
      uri: `sip:x@h${n}.example.com`,
      seconds: n / 100,
    })
    if (n % 10 === 0)
      watched.say({ from: '203.0.113.66', to: SERVER, start: 'INVITE', callId: `b${n}`, seconds: n / 100 })
  }
  const facts = watched.watch.facts()
  expect(facts.sources).toHaveLength(2048)
  expect(facts.sources[0]).toMatchObject({ address: '203.0.113.66', invites: 1500, missed: 0 })
  expect(facts.sources.some(({ missed }) => missed > 0)).toBe(true)
  expect(facts.peers).toHaveLength(10_000)
  expect(facts.peersBeyond).toBeGreaterThan(0)
  expect(facts.inviteTargets).toHaveLength(2000)
})

test('credentials are read as they are written (RFC 7616 §3.4)', () => {
  const written = 'digest cnonce="c", Username="al ice" ,realm="r",nonce=n, response="0a1b", uri="sip:x"'
  expect(readDigest('REGISTER', written)).toEqual({
    username: 'al ice',
    response: '0a1b',
    posed: 'REGISTER n c  sip:x r ',
  })
  for (const other of ['', 'Bearer token', 'Digest', 'Digest username="x"', 'Digest username="x, response=']) {
    expect(readDigest('REGISTER', other)).toBeUndefined()
  }
})

test('of auth-int no two responses can be compared: they depend on the body (RFC 7616 §3.4.3)', () => {
  const posed = ['a', 'b'].map(
    (response) => readDigest('INVITE', `Digest username="x", nonce="n", qop=auth-int, response="${response}"`)?.posed,
  )
  expect(posed[0]).not.toBe(posed[1])
})

test.each(['INVITE', 'OPTIONS'])(
  '%s: who reaches for whom is the first sender, not the proxy that passes it on (RFC 3261 §16.6)',
  (start) => {
    const watched = new Watched()
    for (let n = 0; n < 20; n++) {
      const said = { start, user: `${1000 + n}`, callId: `scan-${n}`, headers: ['User-Agent: friendly-scanner'] }
      watched.say({ ...said, from: '203.0.113.9', to: '198.51.100.1', branch: `z9hG4bKa${n}` })
      watched.say({ ...said, from: '198.51.100.2', to: '192.0.2.7', branch: `z9hG4bKb${n}`, before: `z9hG4bKa${n}` })
    }
    const { sources, scanners } = watched.watch.facts()
    expect(sources.map(({ address, accounts }) => [address, accounts])).toEqual([['203.0.113.9', 20]])
    expect(scanners).toHaveLength(1)
    const alone = new Watched()
    for (let n = 0; n < 20; n++) {
      alone.say({ start, from: '198.51.100.2', to: '192.0.2.7', callId: `far-${n}`, user: `${n}`, before: 'z9hG4bKz' })
    }
    expect(alone.watch.facts().sources).toMatchObject([{ address: '198.51.100.2', accounts: 20 }])
  },
)
