import { describe, expect, test } from 'vitest'
import { peerNotAllowlisted } from '../../../src/rules/signalling/peer-not-allowlisted.ts'
import { Watched } from '../../sip/watch/watched.ts'
import { CALLEE, CALLER, streamBack, streamOf, traceOf } from '../media-trace.ts'

const OWN = '198.51.100.20'
const PEER = '203.0.113.5'
const STRANGER = '192.0.2.66'
const NETWORKS = ['198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32']

const call = (from: string, ...statuses: number[]) =>
  new Watched().exchange({ from, to: OWN, start: 'INVITE', callId: 'c' }, ...statuses)
const find = (watched: Watched, networks: { signalling?: string[]; media?: string[] }) =>
  peerNotAllowlisted.find(traceOf({ signalling: watched.watch.facts() }), { names: ['test'], networks })

describe('peer-not-allowlisted, signalling', () => {
  test('an address in none of the networks', () => {
    const found = find(call(STRANGER, 100, 200), { signalling: NETWORKS })
    expect(found).toMatchObject([
      { kind: 'signalling', severity: 'error', frames: [1, 2, 3], evidence: { address: STRANGER, messages: 3 } },
    ])
  })

  test('all are listed', () => expect(find(call(PEER, 200), { signalling: NETWORKS })).toEqual([]))

  test('nothing is asked for', () => {
    expect(find(call(STRANGER, 200), {})).toEqual([])
    expect(find(call(STRANGER, 200), { media: NETWORKS })).toEqual([])
  })

  test('many are summed up', () => {
    const watched = new Watched()
    for (let n = 0; n < 80; n++) watched.say({ from: `192.0.2.${n}`, to: OWN, start: 'OPTIONS', callId: `${n}` })
    expect(find(watched, { signalling: NETWORKS })).toHaveLength(51)
  })
})

describe('peer-not-allowlisted, media', () => {
  const trace = traceOf({ streams: [streamOf(), streamBack()] })
  const media = (networks: string[]) =>
    peerNotAllowlisted.find(trace, { names: ['test'], networks: { media: networks } })

  test('an address in none of the networks, once for both directions', () => {
    const found = media([`${CALLER.address}/32`])
    expect(found).toMatchObject([{ kind: 'media', evidence: { address: CALLEE.address } }])
  })

  test('all are listed', () => expect(media([`${CALLER.address}/32`, `${CALLEE.address}/32`])).toEqual([]))
})
