import { seededOctets } from '../../../samples/seeded-random.ts'
import type { Endpoint } from '../../../src/bytes/endpoint.ts'
import { type CryptoLine, formatDescription, type MediaLine } from './description.ts'
import { Dialog, type Party, type Side } from './dialog.ts'
import { type Flow, send } from './media-flow.ts'
import { masterOctets, type Protection, protectionOf } from './protection.ts'
import type { Trace } from './trace.ts'

export const SUITE = 'AES_CM_128_HMAC_SHA1_80'
export const CALLER = '203.0.113.10'
export const CALLEE = '198.51.100.20'

/** One side of a call: what it describes, and what it sends. */
export interface SideOptions {
  readonly address?: string
  readonly port?: number
  readonly sipPort?: number
  /** Own address in Via and Contact. */
  readonly contact?: string
  readonly agent?: string
  /** Of o= and of c=; the address unless said otherwise. */
  readonly origin?: string
  readonly connection?: string
  /** Lines of a=crypto; none is RTP/AVP. By default one line of one key. */
  readonly crypto?: readonly CryptoLine[]
  readonly line?: Partial<MediaLine>
  /** All m= lines, in place of the one. */
  readonly media?: readonly MediaLine[]
  /** What it sends under; by default its first line's key, and nothing in the clear where it has none. */
  readonly under?: Protection | 'clear'
  /** Changes of what it sends, or nothing at all. */
  readonly sends?: Partial<Flow> | 'nothing'
}

export interface CallOptions {
  /** Names the call, its keys and its streams. */
  readonly name?: string
  readonly transport?: 'udp' | 'tcp'
  readonly startMs?: number
  readonly ringMs?: number
  readonly talkMs?: number
  readonly caller?: SideOptions
  readonly callee?: SideOptions
  readonly byeFrom?: Side
  readonly sessionId?: Readonly<Record<Side, string>>
  /** Request-URI of the INVITE. */
  readonly uri?: string
  /** No BYE within the trace. */
  readonly goesOn?: boolean
}

export interface TelephoneCall {
  readonly dialog: Dialog
  readonly caller: SideFacts
  readonly callee: SideFacts
  readonly answerMs: number
  readonly endMs: number
}

export interface SideFacts {
  readonly media: Endpoint
  readonly crypto: readonly CryptoLine[]
  readonly under: Protection | undefined
  readonly describe: (changes?: Partial<MediaLine>, version?: number, connection?: string) => string
}

/** A line of a=crypto whose key follows from the label. */
export function crypto(label: string, changes: Partial<CryptoLine> = {}): CryptoLine {
  const suite = changes.suite ?? SUITE
  return { tag: 1, suite, key: seededOctets(`judgement/${label}`, masterOctets(suite)), ...changes }
}

/** How a sender uses a line, the MKI that it names included. */
export function under({ suite, key, mki }: CryptoLine): Protection {
  if (mki === undefined) return protectionOf(suite, key)
  const octets = Buffer.alloc(mki.length)
  octets.writeUIntBE(mki.value, 0, mki.length)
  return protectionOf(suite, key, { mki: octets })
}

/**
 * A call from INVITE to BYE with media both ways: INVITE (marked `offer`), 100, 180, 200 (`answer`), ACK, media (`caller`
 * and `callee`, their RTCP `caller-rtcp` and `callee-rtcp`), BYE (`bye`).
 */
export function telephoneCall(trace: Trace, options: CallOptions = {}): TelephoneCall {
  const { startMs = 0, ringMs = 900, talkMs = 4000, byeFrom, goesOn = false } = options
  const { caller, callee, dialog } = parties(trace, options)
  const answerMs = startMs + ringMs
  const endMs = answerMs + talkMs
  const invite = dialog.request(startMs, 'caller', 'INVITE', {
    body: caller.describe(),
    mark: 'offer',
    ...(options.uri === undefined ? {} : { uri: options.uri }),
  })
  dialog.respond(startMs + 8, invite, '100 Trying')
  dialog.respond(startMs + 120, invite, '180 Ringing')
  dialog.respond(answerMs, invite, '200 OK', { body: callee.describe(), mark: 'answer' })
  dialog.acknowledge(answerMs + 20, invite)
  talk(trace, options, 'caller', [caller, callee], answerMs + 30, endMs - 20)
  talk(trace, options, 'callee', [callee, caller], answerMs + 10, endMs - 20)
  if (!goesOn) dialog.end(endMs, byeFrom)
  return { dialog, caller, callee, answerMs, endMs }
}

/** Both sides and their dialog, before anything is sent. */
export function parties(trace: Trace, options: CallOptions = {}): Pick<TelephoneCall, 'dialog' | 'caller' | 'callee'> {
  const { name = 'call', transport = 'udp' } = options
  const caller = factsOf(name, 'caller', { address: CALLER, port: 30_000, ...options.caller })
  const callee = factsOf(name, 'callee', { address: CALLEE, port: 40_000, ...options.callee })
  const dialog = new Dialog(trace, {
    callId: `${name}@judgement.example`,
    transport,
    ...(options.sessionId === undefined ? {} : { sessionId: options.sessionId }),
    caller: partyOf('alice', caller.media, transport === 'tcp' ? 51_234 : 5060, options.caller),
    callee: partyOf('bob', callee.media, 5060, options.callee),
  })
  return { dialog, caller, callee }
}

function partyOf(user: string, { address }: Endpoint, port: number, side: SideOptions = {}): Party {
  const { sipPort = port, contact, agent } = side
  return {
    user,
    sip: { address, port: sipPort },
    ...(contact === undefined ? {} : { own: { address: contact, port: 5060 } }),
    ...(agent === undefined ? {} : { agent }),
  }
}

function factsOf(name: string, side: Side, options: SideOptions & { address: string; port: number }): SideFacts {
  const { address, port, origin = address, line = {} } = options
  const lines = options.crypto ?? (options.media === undefined ? [crypto(`${name}/${side}`)] : [])
  const profile = lines.length > 0 ? 'RTP/SAVP' : 'RTP/AVP'
  const first = lines[0]
  const own = first && options.under === undefined ? under(first) : options.under
  return {
    media: { address, port },
    crypto: lines,
    under: own === 'clear' ? undefined : own,
    describe: (changes = {}, version = 1, connection = options.connection ?? address) =>
      formatDescription({
        origin,
        connection,
        session: side === 'caller' ? 7001 : 8001,
        version,
        media: options.media ?? [{ port, profile, crypto: lines, ...line, ...changes }],
      }),
  }
}

function talk(
  trace: Trace,
  options: CallOptions,
  side: Side,
  [from, to]: readonly [SideFacts, SideFacts],
  startMs: number,
  endMs: number,
): void {
  const { name = 'call', [side]: { sends = {} } = {} } = options
  if (sends === 'nothing') return
  const label = `${name}/${side}`
  send(trace, { label, from: from.media, to: to.media, startMs, endMs, under: from.under, mark: side, ...sends })
}
