import { describe, expect, test } from 'vitest'
import { inviteFlood } from '../../../src/rules/signalling/invite-flood.ts'
import { Watched } from '../../sip/watch/watched.ts'
import { traceOf } from '../media-trace.ts'

const SOURCE = '203.0.113.66'
const SERVER = '198.51.100.20'

function flood(invites: number, perSecond: number, repeat = 1): Watched {
  const watched = new Watched()
  for (let n = 0; n < invites; n++) {
    for (let time = 0; time < repeat; time++) {
      watched.say({
        from: SOURCE,
        to: SERVER,
        start: 'INVITE',
        callId: `c${n}`,
        seconds: 100 + n / perSecond + time / 1e6,
      })
    }
  }
  return watched
}

const find = (watched: Watched, invitesPerSecond?: number) =>
  inviteFlood.find(traceOf({ signalling: watched.watch.facts() }), {
    names: ['test'],
    ...(invitesPerSecond !== undefined && { sip: { invitesPerSecond } }),
  })

describe('invite-flood', () => {
  test('more INVITEs than 500 from one source in a second', () => {
    const [finding, ...more] = find(flood(1200, 600))
    expect(more).toEqual([])
    expect(finding.severity).toBe('error')
    expect(finding.evidence).toMatchObject({ source: SOURCE, allowed: 500, invites: 1200 })
    expect(finding.evidence.peakPerSecond).toBeGreaterThanOrEqual(599)
  })

  test('as many as are allowed', () => expect(find(flood(1200, 490))).toEqual([]))

  test('the limit is that of the policy', () => {
    expect(find(flood(60, 30), 20)).toHaveLength(1)
    expect(find(flood(60, 30), 40)).toEqual([])
    expect(find(flood(1200, 600), 1000)).toEqual([])
  })

  test('retransmissions of one transaction count as one', () => expect(find(flood(300, 300, 4))).toEqual([]))

  test('many sources that call little each', () => {
    const watched = new Watched()
    for (let n = 0; n < 3000; n++) {
      watched.say({
        from: `10.0.${n >> 8}.${n & 255}`,
        to: SERVER,
        start: 'INVITE',
        callId: `c${n}`,
        seconds: 1 + n / 1e4,
      })
    }
    expect(find(watched)).toEqual([])
  })
})
