import type { Endpoint } from '../src/bytes/endpoint.ts'
import type { TimedDatagram } from './frames.ts'
import { composeMediaStream } from './media.ts'
import { type CryptoLine, formatAudioDescription } from './sdp-body.ts'
import { seededInteger, seededOctets } from './seeded-random.ts'
import { type CallDescription, composeSipCall, type Party, type Side } from './sip-call.ts'
import { createSrtpSender, masterLength, type SrtpSender } from './srtp-sender.ts'
import { composeTcpConnection } from './tcp-connection.ts'

/** One side of a sample call: who it is, what it describes, and what it then really sends. */
export interface CallSide {
  readonly user: string
  readonly displayName: string
  readonly userAgent: string
  /** Its address on the wire. */
  readonly address: string
  readonly mediaPort: number
  /** Behind a NAT that nobody told it of: the address that it writes into Contact, Via, o= and c=. */
  readonly privateAddress?: string
  readonly profile: 'RTP/AVP' | 'RTP/SAVP'
  /** Its a=crypto lines. Each has a key of its own. */
  readonly crypto: readonly { readonly tag: number; readonly suite: string }[]
  /** The tag of the line that it sends under, or nothing for media in the clear. */
  readonly sendsUnder?: number
  readonly rtcpInClear?: boolean
  /** It sends this long only: 0 is never. */
  readonly sendsForNs?: number
  readonly firstSequence?: number
}

export interface SampleCall {
  /** Names the call, and decides all that is random in it. */
  readonly name: string
  readonly transport: 'udp' | 'tcp'
  readonly inviteNs: number
  readonly talkNs: number
  readonly caller: CallSide
  readonly callee: CallSide
  /** The callee refuses instead of answering. */
  readonly refusal?: { readonly status: number; readonly reason: string; readonly warning: string }
}

/** An entry of keys.json. */
export interface SampleKey {
  readonly suite: string
  readonly key: string
  readonly callId: string
  readonly label: string
}

const ms = 1e6
const ringNs = 1740 * ms

/**
 * All datagrams of a call, in time order, and the keys that its media is protected with.
 *
 * @param epochSeconds the start of the trace, seconds since 1970 UTC
 */
export function composeCall(call: SampleCall, epochSeconds: number): { datagrams: TimedDatagram[]; keys: SampleKey[] } {
  const callId = `${call.name}-${seededInteger(`${call.name}/call-id`, 10_000_000, 99_999_999)}@${call.caller.address}`
  const answerNs = call.inviteNs + ringNs
  const byeNs = answerNs + 60 * ms + call.talkNs + 40 * ms
  const description: CallDescription = {
    callId,
    transport: call.transport,
    caller: partyOf(call, 'caller'),
    callee: partyOf(call, 'callee'),
    offer: descriptionOf(call, 'caller'),
    inviteNs: call.inviteNs,
    outcome: call.refusal
      ? { ...call.refusal, refusalNs: call.inviteNs + 210 * ms }
      : { answer: descriptionOf(call, 'callee'), answerNs, byeNs },
  }
  const datagrams = signallingDatagrams(description)
  const keys: SampleKey[] = []
  if (!call.refusal) {
    for (const side of ['caller', 'callee'] as const) {
      const line = sendingLine(call, side)
      datagrams.push(...mediaDatagrams(call, side, answerNs, epochSeconds, line))
      if (line) {
        keys.push({ suite: line.suite, key: base64(line.key), callId, label: `${call.name}, ${side}` })
      }
    }
  }
  return { datagrams: datagrams.sort((a, b) => a.timeNs - b.timeNs), keys }
}

function partyOf(call: SampleCall, side: Side): Party {
  const { user, displayName, userAgent, address, privateAddress } = call[side]
  const ownAddress = { address: privateAddress ?? address, port: 5060 }
  // A client's connection leaves from a port that the system chose; a NAT chooses one for UDP as well.
  const chosen = side === 'caller' && (call.transport === 'tcp' || privateAddress !== undefined)
  const port = chosen ? seededInteger(`${call.name}/port`, 40_000, 60_000) : 5060
  return { user, displayName, userAgent, signalling: { address, port }, ownAddress }
}

function descriptionOf(call: SampleCall, side: Side): string {
  const { address, privateAddress, mediaPort, profile } = call[side]
  return formatAudioDescription({
    origin: privateAddress ?? address,
    port: mediaPort,
    profile,
    // The answer names the one codec that it takes.
    codecs: side === 'caller' ? [0, 8] : [0],
    crypto: call[side].crypto.map((_, i) => cryptoLine(call, side, i)),
    sessionId: seededInteger(`${call.name}/${side}/session`, 1_000_000, 999_999_999),
  })
}

function cryptoLine(call: SampleCall, side: Side, index: number): CryptoLine {
  const { tag, suite } = call[side].crypto[index] as { tag: number; suite: string }
  return { tag, suite, key: seededOctets(`${call.name}/${side}/key/${tag}`, masterLength(suite)) }
}

/** The line whose key protects what this side sends. */
function sendingLine(call: SampleCall, side: Side): CryptoLine | undefined {
  const { crypto, sendsUnder, sendsForNs } = call[side]
  const index = crypto.findIndex(({ tag }) => tag === sendsUnder)
  return index < 0 || sendsForNs === 0 ? undefined : cryptoLine(call, side, index)
}

function signallingDatagrams(call: CallDescription): TimedDatagram[] {
  const caller = call.caller.signalling
  const callee = call.callee.signalling
  const messages = composeSipCall(call).map(({ timeNs, from, text }) => ({
    timeNs,
    fromClient: from === 'caller',
    octets: Buffer.from(text),
  }))
  if (call.transport === 'tcp') return composeTcpConnection(caller, callee, messages)
  return messages.map(({ timeNs, fromClient, octets }) => ({
    timeNs,
    source: fromClient ? caller : callee,
    destination: fromClient ? callee : caller,
    payload: octets,
  }))
}

function mediaDatagrams(
  call: SampleCall,
  side: Side,
  answerNs: number,
  epochSeconds: number,
  line: CryptoLine | undefined,
): TimedDatagram[] {
  const { address, mediaPort, user, sendsForNs, rtcpInClear, firstSequence } = call[side]
  const durationNs = Math.min(sendsForNs ?? call.talkNs, call.talkNs)
  if (durationNs === 0) return []
  const sender: SrtpSender | undefined = line && createSrtpSender(line.suite, line.key)
  return composeMediaStream({
    label: `${call.name}/${side}`,
    source: { address, port: mediaPort },
    destination: describedEndpoint(call[side === 'caller' ? 'callee' : 'caller']),
    startNs: answerNs + (side === 'caller' ? 34 : 11) * ms,
    durationNs,
    cname: `${user}@${address}`,
    epochSeconds,
    rtpProtection: sender,
    rtcpProtection: rtcpInClear ? undefined : sender,
    breaksOff: durationNs < call.talkNs,
    ...(firstSequence === undefined ? {} : { firstSequence }),
  })
}

/** Where the other side is told to send: the private address, where the description holds one. */
function describedEndpoint({ address, privateAddress, mediaPort }: CallSide): Endpoint {
  return { address: privateAddress ?? address, port: mediaPort }
}

function base64(key: Uint8Array): string {
  return Buffer.from(key).toString('base64')
}
