import { describe, expect, test } from 'vitest'
import { sipScanner } from '../../../src/rules/signalling/sip-scanner.ts'
import { credentials, Watched } from '../../sip/watch/watched.ts'
import { traceOf } from '../media-trace.ts'

const SOURCE = '203.0.113.66'
const SERVER = '198.51.100.20'

const find = (watched: Watched) => sipScanner.find(traceOf({ signalling: watched.watch.facts() }))
const kinds = (watched: Watched) => find(watched).map(({ kind }) => kind)
const from = SOURCE
const to = SERVER

describe('sip-scanner, user-agent', () => {
  const options = (product: string) =>
    new Watched().say({ from, to, start: 'OPTIONS', callId: '1', headers: [`User-Agent: ${product}`] })

  test.each(['friendly-scanner', 'sipcli/v1.8', 'VaxSIPUserAgent/3.1', 'pplsip', 'sipsak 0.9.7', 'SIVuS', 'sundayddr'])(
    '%s',
    (product) => {
      const [finding] = find(options(product))
      expect(finding).toMatchObject({ kind: 'user-agent', evidence: { source: SOURCE, userAgent: product } })
    },
  )

  test.each(['Z 5.4.12 v2.10.11.7', 'SIPp', 'Asterisk PBX 18', 'eyeBeam release 3006o stamp 17551', 'sipvoice/1.0'])(
    'people phone with %s',
    (product) => expect(find(options(product))).toEqual([]),
  )
})

describe('sip-scanner, sweep', () => {
  test('one source asks many hosts, few of which answer', () => {
    const watched = new Watched()
    for (let n = 1; n <= 30; n++) {
      const probe = { from, to: `198.51.100.${n}`, start: 'OPTIONS', user: '100', callId: `o${n}` }
      if (n === 7) watched.exchange(probe, 404)
      else watched.say(probe)
    }
    const [finding, ...more] = find(watched)
    expect(more).toEqual([])
    expect(finding).toMatchObject({ kind: 'sweep', evidence: { source: SOURCE, targets: 30, silentTargets: 29 } })
  })

  test('one source asks for many extensions, most of which do not exist', () => {
    const watched = new Watched()
    for (let n = 100; n < 150; n++)
      watched.exchange({ from, to, start: 'REGISTER', user: `${n}`, callId: `e${n}` }, n % 10 === 0 ? 401 : 404)
    expect(find(watched)).toMatchObject([{ kind: 'sweep', evidence: { accounts: 50, refusedAccounts: 50 } }])
  })

  test('beyond what is kept the numbers are lower bounds, and it says so', () => {
    const watched = new Watched()
    for (let n = 0; n < 1000; n++) watched.exchange({ from, to, start: 'OPTIONS', user: `${n}`, callId: `e${n}` }, 404)
    const [finding] = find(watched)
    expect(finding.evidence.lowerBound).toBe(true)
    expect(finding.detail).toContain('there were more')
  })

  test('a trunk that calls thousands of numbers is none, though some do not exist', () => {
    const watched = new Watched()
    for (let n = 0; n < 2000; n++) {
      const call = { from, to, start: 'INVITE', user: `+1555${n}`, callId: `c${n}` }
      watched.exchange(call, 100, n % 5 === 0 ? 404 : n % 7 === 0 ? 486 : 200)
    }
    expect(find(watched)).toEqual([])
  })

  test('nor one whose calls are all refused, or not answered: it has failed', () => {
    for (const statuses of [[503], [403], []]) {
      const watched = new Watched().exchange({ from: '192.0.2.5', to, start: 'OPTIONS', callId: 'o' }, 200)
      for (let n = 0; n < 200; n++)
        watched.exchange({ from, to, start: 'INVITE', user: `+1555${n}`, callId: `c${n}` }, ...statuses)
      expect(find(watched)).toEqual([])
    }
  })

  test('nor an SBC that registers many users: each is challenged first', () => {
    const watched = new Watched()
    for (let n = 0; n < 200; n++) {
      const register = { from, to, start: 'REGISTER', user: `u${n}`, callId: `r${n}` }
      watched.exchange(register, 401)
      watched.exchange({ ...register, cseq: 2, headers: [credentials(`u${n}`, 'n', `${n}`)] }, 200)
    }
    expect(find(watched)).toEqual([])
  })

  test('nor a registrar that asks its phones whether they are there', () => {
    const watched = new Watched()
    for (let n = 1; n <= 100; n++) {
      const ping = { from: SERVER, to: `203.0.113.${n}:${2000 + n}`, start: 'OPTIONS', user: `u${n}`, callId: `p${n}` }
      if (n % 10 === 0) watched.say(ping)
      else watched.exchange(ping, n % 2 === 0 ? 200 : 404)
    }
    expect(kinds(watched).filter((kind) => kind === 'sweep')).toEqual([])
  })

  test('a capture of one direction shows no answers at all: silence means nothing', () => {
    const watched = new Watched()
    for (let n = 1; n <= 100; n++)
      watched.say({ from: SERVER, to: `203.0.113.${n}`, start: 'OPTIONS', user: `u${n}`, callId: `p${n}` })
    expect(find(watched)).toEqual([])
  })
})

describe('sip-scanner, password-guessing', () => {
  const tried = (
    count: number,
    how: (n: number) => { callId: string; nonce?: string; seconds?: number; status?: number },
  ) => {
    const watched = new Watched()
    for (let n = 0; n < count; n++) {
      const { callId, nonce = `n${n}`, seconds = n / 20, status = 401 } = how(n)
      const headers = [credentials('alice', nonce, `response${n}`)]
      watched.exchange({ from, to, start: 'REGISTER', user: 'alice', callId, cseq: n + 1, seconds, headers }, status)
    }
    return watched
  }

  test('a new client for every password', () => {
    const [finding] = find(tried(40, (n) => ({ callId: `g${n}` })))
    expect(finding).toMatchObject({ kind: 'password-guessing', evidence: { account: 'alice', refused: 40 } })
    expect(JSON.stringify(finding)).not.toContain('response1')
  })

  test('nor does it help to keep Call-ID and CSeq, as SIPVicious does', () => {
    const watched = new Watched()
    for (let n = 0; n < 40; n++) {
      const headers = [credentials('alice', `n${n}`, `response${n}`)]
      const who = { user: 'alice', callId: 'one', fromTag: `t${n}`, branch: `z9hG4bK${n}` }
      watched.exchange({ from, to, start: 'REGISTER', cseq: 2, headers, ...who }, 401)
    }
    expect(find(watched)).toMatchObject([{ kind: 'password-guessing', evidence: { refused: 40 } }])
  })

  test('several passwords for the very same nonce, whoever sends them', () => {
    const [finding] = find(tried(6, () => ({ callId: 'one', nonce: 'same' })))
    expect(finding).toMatchObject({ kind: 'password-guessing', evidence: { passwords: 6 } })
  })

  test('one that is let in at last is worth a word', () => {
    const [finding] = find(tried(40, (n) => ({ callId: `g${n}`, status: n === 39 ? 200 : 401 })))
    expect(finding.detail).toContain('1 were accepted')
  })

  test('one client that retries its own wrong password is none, however fast', () => {
    const watched = new Watched()
    for (let n = 0; n < 60; n++) {
      const headers = [credentials('alice', 'same', `r${n}`, `, qop=auth, cnonce="${n}", nc=00000001`)]
      watched.exchange({ from, to, start: 'REGISTER', user: 'alice', callId: 'own', cseq: n + 1, headers }, 401)
    }
    expect(find(watched)).toEqual([])
  })

  test('nor where it begins anew each time, slowly', () => {
    expect(find(tried(60, (n) => ({ callId: `g${n}`, seconds: n * 30 })))).toEqual([])
  })

  test('nor a trunk whose nonces expire with every call', () => {
    const watched = new Watched()
    for (let n = 0; n < 100; n++) {
      const call = { from, to, start: 'INVITE', user: `+1555${n}`, callId: `c${n}` }
      watched.exchange({ ...call, headers: [credentials('trunk', 'old', `a${n}`, `, qop=auth, cnonce="${n}"`)] }, 407)
      watched.exchange({ ...call, cseq: 2, headers: [credentials('trunk', `n${n}`, `b${n}`)] }, 200)
    }
    expect(find(watched)).toEqual([])
  })
})

test('credentials that nobody asked for make no account of those that a sweep calls (RFC 3261 §22.3)', () => {
  const watched = new Watched()
  const headers = [credentials('x', 'made-up', '0')]
  for (let n = 0; n < 30; n++)
    watched.exchange({ from, to, start: 'INVITE', user: `${1000 + n}`, callId: `c${n}`, headers }, 401)
  expect(kinds(watched)).toEqual(['sweep'])
})
