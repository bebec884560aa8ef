import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { MediaDescription } from '../../src/sdp/description.ts'
import type { Described, Exchange } from '../../src/sdp/exchange.ts'
import type { CallTable } from '../../src/sip/call-table.ts'
import { readCapturedMessages } from './captured-messages.ts'
import { TrackedCalls } from './tracked-calls.ts'

interface ExpectedMedia {
  readonly media: string
  readonly port: number
  readonly proto: string
  readonly c: string
  readonly fmt: readonly string[]
  readonly direction: string
  readonly crypto?: readonly { readonly tag: number; readonly suite: string; readonly inline: string }[]
}

interface ExpectedCall {
  readonly callId: string
  readonly outcome?: string
  /** Absent, like all that follows, where the truth lists the Call-IDs only. */
  readonly messages?: number
  readonly offerAnswer?: readonly {
    readonly cseq: number
    readonly offerFrame: number
    readonly answerFrame: number
    readonly offer: readonly ExpectedMedia[]
    readonly answer: readonly ExpectedMedia[]
  }[]
  readonly offerOnly?: readonly ExpectedMedia[]
}

interface Expected {
  readonly sip: { readonly messages: number; readonly transports?: Readonly<Record<string, number>> }
  readonly calls: readonly ExpectedCall[] | string
}

const directory = new URL('../../../shared/captures/', import.meta.url)

/** Captures whose SIP is all over UDP and readable in full. */
function listCaptures(): { name: string; expected: Expected }[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter((file) => file.endsWith('.pcap') && !file.startsWith('snaplen'))
    .map((name) => ({ name, expected: readExpected(name) }))
    .filter(({ expected: { sip } }) => sip.messages > 0 && sip.transports?.udp === sip.messages)
}

function readExpected(name: string): Expected {
  return JSON.parse(readFileSync(new URL(name.replace('.pcap', '.expect.json'), directory), 'utf8'))
}

function expectMedia(actual: readonly MediaDescription[], expected: readonly ExpectedMedia[]): void {
  const found = actual.map((media) => ({
    media: media.kind,
    port: media.port,
    proto: media.protocol,
    c: media.connection?.address,
    fmt: media.formats,
    direction: media.direction,
    crypto: media.crypto.map(({ tag, suite, keys }) => ({ tag, suite, key: hex(keys[0].keyBytes) })),
  }))
  const wanted = expected.map(({ crypto = [], ...media }) => ({
    ...media,
    crypto: crypto.map(({ tag, suite, inline }) => ({
      tag,
      suite,
      key: hex(Buffer.from(inline.split('|')[0], 'base64')),
    })),
  }))
  // Field by field, so that the truth may hold more than is compared here.
  expect(found).toHaveLength(wanted.length)
  for (const [index, media] of found.entries()) expect(wanted[index]).toMatchObject(media)
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex')
}

function outcomeOf(expected: ExpectedCall, table: CallTable): string {
  const record = table.get(expected.callId)
  if (!record) return 'not found'
  if (record.kind === 'out-of-call') {
    return record.finalStatus === 200 && record.method === 'REGISTER' ? 'registered' : `failed ${record.finalStatus}`
  }
  if (record.answerUs !== undefined) return 'answered'
  if (record.state === 'cancelled') return 'cancelled'
  return record.state === 'failed' ? `rejected ${record.finalStatus}` : 'unanswered'
}

const captures = listCaptures()

describe(`calls, offers and answers of ../shared/captures (${captures.length || 'absent'})`, () => {
  it.each(captures)('$name', ({ name, expected }) => {
    const messages = readCapturedMessages(new URL(name, directory).pathname)
    const exchanges: Exchange[] = []
    const tracked = new TrackedCalls({ onOffer: (exchange) => exchanges.push(exchange) })
    for (const { message, context } of messages) tracked.observe(message, context)
    tracked.end()
    const table = tracked.calls
    expect(messages).toHaveLength(expected.sip.messages)
    if (typeof expected.calls === 'string') return
    for (const call of expected.calls) {
      expect(table.get(call.callId)).toBeDefined()
      if (call.messages === undefined) continue
      expect(table.get(call.callId)?.messages).toBe(call.messages)
      if (call.outcome) expect(outcomeOf(call, table)).toBe(call.outcome)
      const own = exchanges.filter(({ callId }) => callId === call.callId)
      for (const pair of call.offerAnswer ?? []) {
        const given = own.find(({ offer, cseq }) => offer.at.frame === pair.offerFrame && cseq === pair.cseq)
        const answer = given?.answers.find(({ at }) => at.frame === pair.answerFrame)
        expect(given, `offer in frame ${pair.offerFrame}`).toBeDefined()
        expect(answer, `answer in frame ${pair.answerFrame}`).toBeDefined()
        expectMedia((given as Exchange).offer.description.media, pair.offer)
        expectMedia((answer as Described).description.media, pair.answer)
      }
      if (call.offerOnly) expectMedia(own[0].offer.description.media, call.offerOnly)
      const answers = own.flatMap((exchange) => exchange.answers)
      // An answer in an ACK is not among the pairs of the truth.
      const paired = answers.filter(({ method }) => method !== 'ACK')
      expect(paired).toHaveLength(call.offerAnswer?.length ?? 0)
    }
  })

  it('are compared where they are there', () => {
    expect(captures.length > 0).toBe(existsSync(directory))
  })
})
