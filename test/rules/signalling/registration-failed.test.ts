import { describe, expect, test } from 'vitest'
import { registrationFailed } from '../../../src/rules/signalling/registration-failed.ts'
import { credentials, type Said, Watched } from '../../sip/watch/watched.ts'
import { traceOf } from '../media-trace.ts'

const find = (watched: Watched) => registrationFailed.find(traceOf({ signalling: watched.watch.facts() }))

function register(cseq: number, more: Partial<Said> = {}): Said & { start: string } {
  return {
    from: '192.0.2.1',
    to: '192.0.2.9',
    start: 'REGISTER',
    user: 'alice',
    callId: 'r',
    cseq,
    seconds: cseq,
    ...more,
  } as Said & { start: string }
}

const withPassword = (cseq: number, more: Partial<Said> = {}) =>
  register(cseq, { headers: [credentials('alice', `n${cseq}`, `r${cseq}`)], ...more })

describe('registration-failed', () => {
  test('credentials that are refused, once for the address of record (RFC 3261 §10.3)', () => {
    const watched = new Watched().exchange(register(1), 401)
    for (let n = 2; n < 8; n++) watched.exchange(withPassword(n), 401)
    const found = find(watched)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ severity: 'warning', evidence: { refusals: 6, statuses: { 401: 6 } } })
    expect(found[0].detail).toContain('sip:alice@example.com')
  })

  test('tries that are not counted by CSeq', () => {
    const watched = new Watched().exchange(register(1), 401)
    for (let n = 2; n < 8; n++) watched.exchange(withPassword(2, { seconds: n, branch: `z9hG4bK${n}` }), 401)
    expect(find(watched).map(({ evidence }) => evidence.refusals)).toEqual([6])
  })

  test('several clients of one address of record make one finding', () => {
    const watched = new Watched()
    for (const callId of ['p', 'q'])
      watched.exchange(register(1, { callId }), 401).exchange(withPassword(2, { callId }), 403)
    expect(find(watched).map(({ evidence }) => evidence.refusals)).toEqual([2])
  })

  test.each([403, 404, 500, 503, 603])('%i', (status) => {
    expect(find(new Watched().exchange(register(1), status))).toHaveLength(1)
  })

  test('a challenge that is never answered, whatever SIP follows', () => {
    const challenged = (times: number) => {
      const watched = new Watched()
      for (let n = 1; n <= times; n++) watched.exchange(register(n), 401)
      return watched
    }
    expect(find(challenged(2))).toEqual([])
    expect(find(challenged(3))).toMatchObject([{ evidence: { refusals: 3 } }])
    const untilSeconds = (seconds: number) =>
      registrationFailed.find(traceOf({ signalling: challenged(1).watch.facts(() => seconds * 1e6) }))
    expect(untilSeconds(5)).toEqual([])
    expect(untilSeconds(30)).toHaveLength(1)
  })

  test('423 that is answered with the same interval, challenges in between (RFC 3261 §10.2.8)', () => {
    const watched = new Watched()
    for (let n = 1; n < 9; n += 2) watched.exchange(register(n), 401).exchange(withPassword(n + 1), 423)
    expect(find(watched)).toMatchObject([{ evidence: { statuses: { 401: 4, 423: 4 } } }])
    const alone = new Watched()
    for (let n = 1; n < 4; n++) alone.exchange(register(n), 423)
    expect(find(alone)[0].detail).toContain('wants a longer interval')
    const mended = new Watched().exchange(register(1), 423).exchange(register(2), 200)
    expect(find(mended)).toEqual([])
  })

  test('nonces that are stale each time (RFC 7616 §3.3)', () => {
    /** @param later what stands in most challenges, of other Call-IDs */
    const refused = (first: string, later = first) => {
      const watched = new Watched().exchange(register(1), 401)
      for (let n = 2; n < 32; n++) {
        const [callId, challenge] = n < 12 ? ['first', first] : [n < 22 ? 'later' : 'last', later]
        const { from, to, start, headers: _, ...rest } = { ...withPassword(n), callId }
        watched.say({ ...withPassword(n), callId, branch: `z9hG4bK${n}` })
        watched.say({
          ...{ ...rest, from: to, to: from, start: 401, method: start, branch: `z9hG4bK${n}` },
          headers: [`WWW-Authenticate: Digest realm="example.com", nonce="n${n}"${challenge}`],
        })
      }
      return find(watched).map(({ detail }) => detail.includes('stale'))
    }
    for (const stale of [', stale=true', ', stale="TRUE"']) expect(refused(stale)).toEqual([true])
    for (const wrong of ['', ', stale=false']) expect(refused(wrong)).toEqual([false])
    expect(refused(', stale=true', ', stale=false')).toEqual([false])
  })

  test('a challenge that is answered with success is none', () => {
    expect(find(new Watched().exchange(register(1), 401).exchange(withPassword(2), 200))).toEqual([])
  })

  test('nor where a nonce had expired (RFC 7616 §3.3)', () => {
    const watched = new Watched().exchange(register(1), 401).exchange(withPassword(2), 200)
    watched.exchange(withPassword(3), 401).exchange(withPassword(4), 200)
    expect(find(watched)).toEqual([])
  })

  test('423 that is retried is none (RFC 3261 §10.2.8)', () => {
    expect(find(new Watched().exchange(register(1), 423).exchange(register(2), 200))).toEqual([])
  })

  test('423 that is not retried', () => {
    const watched = new Watched().exchange(register(1), 423).exchange(register(90, { user: 'carol', callId: 's' }), 200)
    expect(find(watched)).toHaveLength(1)
  })

  test('a challenge at the end of the trace may still be answered; one long before is not any more', () => {
    expect(find(new Watched().exchange(register(1), 401))).toEqual([])
    const later = new Watched().exchange(register(1), 401).exchange(register(90, { user: 'carol', callId: 's' }), 200)
    expect(find(later)).toHaveLength(1)
    expect(find(later)[0].detail).toContain('never answered with credentials')
  })

  test('one refusal is counted once, however many hops it passes', () => {
    const watched = new Watched()
      .say(register(1))
      .say(register(1, { from: '192.0.2.9', to: '192.0.2.8', branch: 'z9hG4bKproxy' }))
    watched.say(
      register(1, { from: '192.0.2.8', to: '192.0.2.9', start: 404, method: 'REGISTER', branch: 'z9hG4bKproxy' }),
    )
    watched.say(register(1, { from: '192.0.2.9', to: '192.0.2.1', start: 404, method: 'REGISTER' }))
    expect(find(watched).map(({ evidence }) => evidence.refusals)).toEqual([1])
  })

  test('thousands of addresses of record are summed up, and do not fill memory', () => {
    const watched = new Watched()
    for (let n = 0; n < 3000; n++) watched.exchange(register(1, { user: `u${n}`, callId: `r${n}` }), 404)
    const found = find(watched)
    expect(found).toHaveLength(51)
    expect(found[50].evidence.refusals).toBe(2950)
  })
})
