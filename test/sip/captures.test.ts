import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { SipMessage } from '../../src/sip/message.ts'
import { parseSip } from '../../src/sip/parse.ts'
import { looksLikeSip } from '../../src/sip/start-line.ts'
import { SipStreamReader } from '../../src/sip/stream-framing.ts'
import { type Payload, readPayloads } from './ethernet-capture.ts'

const FOLDER = new URL('../../../shared/captures/', import.meta.url)

interface Expected {
  readonly sip: {
    readonly messages: number
    readonly requests: Readonly<Record<string, number>>
    readonly responses: Readonly<Record<string, number>>
    readonly transports?: Readonly<Record<string, number>>
  }
  /** A summary, not a list, where there are thousands. */
  readonly calls: unknown
}

const all = existsSync(FOLDER)
  ? readdirSync(FOLDER)
      .filter((name) => name.endsWith('.expect.json') && existsSync(new URL(captureOf(name), FOLDER)))
      .map((name) => name.replace('.expect.json', ''))
  : []

/** Other link types, VLAN tags and fragments are for the tests of the layers that read them. */
const names = all.filter((name) => payloadsOf(name) !== undefined)

function payloadsOf(name: string): readonly Payload[] | undefined {
  return readPayloads(readFileSync(new URL(`${name}.pcap`, FOLDER)))
}

function captureOf(expectName: string): string {
  return expectName.replace('.expect.json', '.pcap')
}

function expectedOf(name: string): Expected {
  return JSON.parse(readFileSync(new URL(`${name}.expect.json`, FOLDER), 'utf8'))
}

function messagesOver(payloads: readonly Payload[], protocol: Payload['protocol']): SipMessage[] {
  const messages: SipMessage[] = []
  const keep = (message: ReturnType<typeof parseSip>) => {
    if (message.kind === 'malformed') throw new Error(message.text)
    messages.push(message)
  }
  const streams = new Map<string, { next: number; reader: SipStreamReader }>()
  for (const payload of payloads) {
    if (payload.protocol !== protocol) continue
    const { bytes, truncated } = payload
    if (protocol === 'udp') {
      if (looksLikeSip(bytes, 0, bytes.length)) keep(parseSip(bytes, 0, bytes.length, { truncated }))
      continue
    }
    if (bytes.length === 0) continue
    const onMessage = (octets: Uint8Array, _at: unknown, cut: boolean) =>
      keep(parseSip(octets, 0, octets.length, { truncated: cut, stream: true }))
    const stream = streams.get(payload.direction) ?? {
      next: payload.sequence,
      reader: new SipStreamReader({ onMessage }),
    }
    streams.set(payload.direction, stream)
    // These captures hold their segments in order; what comes again is a retransmission.
    if (payload.sequence !== stream.next) continue
    stream.next = (stream.next + bytes.length) >>> 0
    stream.reader.push(bytes, { position: 0, capture: 0, frame: 1, timeUs: 0 })
  }
  return messages
}

function counts(keys: readonly (string | undefined)[]): Record<string, number> {
  const result: Record<string, number> = {}
  for (const key of keys) if (key !== undefined) result[key] = (result[key] ?? 0) + 1
  return result
}

const title =
  all.length > 0
    ? `SIP of the shared captures (${names.length} of ${all.length}: Ethernet without VLAN tags and fragments)`
    : 'SIP of the shared captures: ABSENT here, nothing is compared'

describe(title, () => {
  it('compares most captures, where the folder is there', () => {
    expect(names.length).toBeGreaterThanOrEqual(all.length / 2)
  })

  it.each(names)('RFC 3261 §7: %s', (name) => {
    const { sip, calls } = expectedOf(name)
    const payloads = payloadsOf(name) ?? []
    const messages = [...messagesOver(payloads, 'udp'), ...messagesOver(payloads, 'tcp')]
    const expected = 'tls' in (sip.transports ?? {}) ? 0 : sip.messages
    expect(messages).toHaveLength(expected)
    if (expected === 0) return
    expect(counts(messages.map((m) => (m.kind === 'request' ? m.method : undefined)))).toEqual(sip.requests)
    expect(counts(messages.map((m) => m.status?.toString()))).toEqual(sip.responses)
    if (Array.isArray(calls) && !messages.some((m) => m.truncated))
      expect(new Set(messages.map((m) => m.callId))).toEqual(new Set(calls.map((call) => call.callId)))
  })
})
