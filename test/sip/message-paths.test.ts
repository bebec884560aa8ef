import { describe, expect, it } from 'vitest'
import type { MessageContext } from '../../src/sip/context.ts'
import { MessagePaths } from '../../src/sip/message-paths.ts'
import { PARTIES, type Party } from './call-trace.ts'

const at = { position: 0, capture: 0, frame: 1, timeUs: 0 }

function way(from: Party, to: Party, transport: MessageContext['transport'] = 'udp'): MessageContext {
  return { at, source: PARTIES[from], destination: PARTIES[to], transport }
}

describe('MessagePaths', () => {
  it('is one object for equal lists, in whatever call', () => {
    const none = new MessagePaths()
    const there = none.with('request', way('alice', 'bob'))
    const both = there.with('response', way('bob', 'alice'))
    expect(none.with('request', way('alice', 'bob'))).toBe(there)
    expect(both.with('request', way('alice', 'bob'))).toBe(both)
    expect(both.with('request', way('bob', 'alice'))).toBe(both)
    expect(there.with('response', way('bob', 'alice', 'tcp'))).not.toBe(both)
    expect(none.with('response', way('alice', 'bob'))).not.toBe(there)
    expect(both.list().map(({ kind, source }) => [kind, source])).toEqual([
      ['request', PARTIES.alice],
      ['response', PARTIES.bob],
    ])
    expect(there.leg).toEqual([{ source: PARTIES.alice, destination: PARTIES.bob }])
  })

  it('shares no more than so many lists: new ports come for as long as a scan goes on', () => {
    const none = new MessagePaths()
    const from = (port: number) => none.with('request', { ...way('alice', 'bob'), source: portOf(port) })
    const ports = new Map<number, MessageContext['source']>()
    const portOf = (port: number) => {
      const known = ports.get(port) ?? { address: '192.0.2.1', port }
      ports.set(port, known)
      return known
    }
    const first = from(0)
    for (let port = 1; port < 16_384; port++) from(port)
    expect(from(0)).toBe(first)
    expect(from(20_000)).not.toBe(from(20_000))
    expect(from(20_000).list()).toEqual([
      { kind: 'request', source: portOf(20_000), destination: PARTIES.bob, transport: 'udp' },
    ])
  })

  it('stops at its ceiling', () => {
    let paths = new MessagePaths()
    for (let port = 1; port <= 300; port++) {
      paths = paths.with('request', { ...way('alice', 'bob'), source: { address: '192.0.2.1', port } })
    }
    expect(paths.list()).toHaveLength(256)
  })
})
