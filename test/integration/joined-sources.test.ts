import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { HepSource } from '../../src/capture/live/hep-source.ts'
import { openInterface } from '../../src/capture/live/open-interface.ts'
import { joinSources } from '../../src/live/joined-sources.ts'
import { liveScan } from '../../src/live/live-scan.ts'
import type { Snapshot } from '../../src/live/snapshot.ts'
import { portOf, until } from '../capture/live/hep-agent.ts'
import { writeHep } from '../capture/live/hep-writer.ts'
import { LoopbackCall } from './loopback-call.ts'

const PACKETS = 200
const SIP_MESSAGES = 7
const LOOPBACK = Buffer.from([127, 0, 0, 1])
const ProtocolType = { Sip: 1 } as const

const tools = ['tcpdump', 'dumpcap', 'cap'] as const
const absent: string[] = []
for (const captureWith of tools) {
  const opened = await openInterface({ interface: 'lo', captureWith }).catch((error: Error) => error.message)
  if (typeof opened === 'string') absent.push(opened)
  else {
    opened.octets.destroy()
    await opened.stop()
  }
}
const canCapture = absent.length < tools.length

describe.runIf(canCapture)('an interface and a listener as one source', () => {
  test('signalling that an agent reports and media from the wire make one call, every packet accounted for', async () => {
    const listener = await HepSource.open({ host: '127.0.0.1', port: 0 })
    const agent = connect(portOf(listener), '127.0.0.1')
    await once(agent, 'connect')
    const call = await LoopbackCall.open((message) => {
      const nowMs = Date.now()
      const time = { seconds: Math.floor(nowMs / 1000), microseconds: (nowMs % 1000) * 1000 }
      const rest = { source: LOOPBACK, destination: LOOPBACK, ipProtocol: 17, protocolType: ProtocolType.Sip }
      agent.write(writeHep({ ...rest, ...time, ...message }))
    })
    const wire = await openInterface({ interface: 'lo', filter: call.filter })
    const source = joinSources([wire, listener])
    expect(source.name).toBe(`lo + ${listener.name}`)
    let last: Snapshot | undefined
    const running = liveScan({
      source,
      snapshotMs: 50,
      onSnapshot: (snapshot) => {
        last = snapshot
      },
    })
    await call.carry(PACKETS)
    await until(() => (last?.report.totals.frames ?? 0) + (last?.source.dropped ?? 0) >= call.sent)
    agent.destroy()
    await source.stop()
    const { totals, calls, streams, captures } = await running
    call.close()
    expect(call.sent).toBe(2 * PACKETS + SIP_MESSAGES)
    expect(totals).toMatchObject({ frames: call.sent, sipMessages: SIP_MESSAGES, verified: 2 * PACKETS, failed: 0 })
    expect([...calls].map(({ callId, state, transport }) => [callId, state, transport])).toEqual([
      [call.callId, 'completed', 'udp'],
    ])
    expect([...streams].map(({ callId, verified }) => [callId, verified])).toEqual([
      [call.callId, PACKETS],
      [call.callId, PACKETS],
    ])
    expect([...(captures[0]?.linkTypes ?? [])].sort()).toEqual(['ETHERNET', 'RAW'])
  }, 60_000)
})

test.runIf(!canCapture)('nothing can be captured here: an interface and a listener were NOT joined', () => {
  expect(absent).toHaveLength(tools.length)
})
