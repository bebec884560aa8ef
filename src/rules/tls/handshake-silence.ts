import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { AnalysedHandshake, AnalysedTls } from '../../model/tls-facts.ts'
import { TLS_1_3 } from '../../tls/versions.ts'
import type { Failure } from './failed-handshake.ts'
import { gotNone } from './handshake-alerts.ts'
import { lacksPurpose } from './refused-certificate.ts'

/** A server that says nothing for this long says nothing any more; the trace has to go on for as long. */
const SILENCE_US = 5e6

/** Octets of a TLS record that one segment holds on a path of 1,500 octets (RFC 9293 §3.7.1, RFC 7323 §3.2), less the record's header. */
const LARGE_HELLO = 1443

const WHERE_LARGE_HELLOS_END =
  'a path whose MTU is smaller than both ends take it for, or a firewall, load balancer or SBC that knows no ClientHello of ' +
  'more than one packet (post-quantum key shares such as X25519MLKEM768 make it so large)'

export const PATH_REMEDY =
  'Capture at both ends to see which packets get lost. Let ICMP "packet too big" and "fragmentation needed" pass, or lower the ' +
  'MSS to the MTU of the path (RFC 2923 §2.1, RFC 4821).'
const LARGE_HELLO_REMEDY =
  `${PATH_REMEDY} Update or bypass a middlebox that wants the ClientHello in one packet; until then, leave post-quantum key shares ` +
  'out at the client.'

const LOST_ON_THE_WAY =
  " Of the server's answer octets are missing: lost on the way (segments too long for the path, perhaps), or by the capture."

/** Of the client nothing is missing, and its hello is all it said: it never had the server's answer. */
function wentNoFurther({ fromStart, clientLastAt }: AnalysedTls, { clientHello }: AnalysedHandshake): boolean {
  return fromStart && clientHello !== undefined && clientLastAt?.position === clientHello.at.position
}

/** Reset, closed or left without a word. The end of the capture is none of these. */
export function bySilence(tls: AnalysedTls, handshake: AnalysedHandshake, endUs: number): Failure | undefined {
  const { clientHello, serverHello } = handshake
  const { lost } = tls
  if (clientHello === undefined || tls.handshakes[0]?.at !== handshake.at) return undefined
  if (lost && !wentNoFurther(tls, handshake)) return undefined
  const ending = endingOf(tls, endUs, isSealed(handshake))
  if (ending === undefined) return undefined
  const { at, did, evidence } = ending
  if (tls.end?.by === 'server' && gotNone(handshake)) {
    const said = `${did('the client showed no certificate, which the server had asked for')} Most likely that is why.`
    return { kind: 'certificate-required', at, said, inferred: true, evidence }
  }
  const purpose = tls.end?.by === 'server' ? lacksPurpose(handshake.certificates.client, 'client') : undefined
  if (purpose !== undefined) {
    const said = `${did('the client showed its certificate')} ${purpose.said} Most likely that is why.`
    return {
      kind: 'bad-certificate',
      at,
      said,
      inferred: true,
      evidence: { ...evidence, ...purpose.evidence },
      remedy: purpose.remedy,
    }
  }
  const after = serverHello !== undefined ? "the server's first words" : 'the ClientHello'
  if (lost) {
    const said = `${did(after)}${LOST_ON_THE_WAY}`
    return { kind: 'other', at, said, evidence: { ...evidence, missing: 'server' }, remedy: PATH_REMEDY }
  }
  if (serverHello !== undefined) return { kind: 'other', at, said: did(after), evidence }
  const said = did(`${after}, which the server did not answer`)
  const { octets = 0 } = clientHello
  if (octets <= LARGE_HELLO) return { kind: 'other', at, said, evidence }
  const large = `It has ${octets} octets, more than one packet holds: the server may not have got all of it, by ${WHERE_LARGE_HELLOS_END}.`
  return {
    kind: 'other',
    at,
    said: `${said} ${large}`,
    evidence: { ...evidence, clientHelloOctets: octets },
    remedy: LARGE_HELLO_REMEDY,
  }
}

/**
 * The first packet of a ClientHello, and never the rest, nor a word of the server. The capture may lack what did arrive; a
 * server that has it all answers.
 */
export function cutHello(tls: AnalysedTls, endUs: number): Failure | undefined {
  const { partialHello, handshakes, fromStart, lost, clear, client, server, end } = tls
  if (partialHello === undefined || handshakes.length > 0 || !fromStart || lost || clear.server !== undefined)
    return undefined
  const ending = endingOf(tls, endUs)
  if (ending === undefined) return undefined
  const { octets, announced } = partialHello
  const begun = `${octets} of the ${announced} octets of the ClientHello of ${client.address} to ${formatEndpoint(server)}`
  const failure = { kind: 'client-hello-cut', at: partialHello.at } as const
  const evidence = { ...ending.evidence, clientHelloOctets: announced, octetsSeen: octets }
  if (end?.how === 'fin' && end.by === 'client')
    return { ...failure, said: `${ending.did(begun)} It never sent the rest.`, evidence }
  return {
    ...failure,
    said: `${ending.did(begun)} What carries the rest did not come this far: ${WHERE_LARGE_HELLOS_END}, by inference.`,
    inferred: true,
    evidence,
    remedy: LARGE_HELLO_REMEDY,
  }
}

interface Ending {
  readonly at: FrameRef
  /** What happened behind something. */
  readonly did: (after: string) => string
  readonly evidence: Readonly<Record<string, unknown>>
}

/** Behind the ServerHello of TLS 1.3 alerts are sealed (RFC 8446 §6). */
function isSealed({ serverHello, opened }: AnalysedHandshake): boolean {
  return serverHello?.version === TLS_1_3 && !opened
}

/**
 * How a connection ends that came to nothing; undefined where the capture ends first.
 * @param sealed alerts may be sealed, and look like any other record
 */
function endingOf({ end, lastAt, client, server }: AnalysedTls, endUs: number, sealed = false): Ending | undefined {
  const sides = { client: client.address, server: formatEndpoint(server) }
  const who = end?.by === undefined ? 'one side' : `the ${end.by} ${sides[end.by]}`
  if (end?.how === 'reset' || end?.how === 'fin') {
    const verb = end.how === 'reset' ? 'resets' : 'closes'
    return {
      at: end.at,
      did: (after) => `${who} ${verb} the connection without an alert${sealed ? ' in the clear' : ''}, after ${after}.`,
      evidence: { end: end.how, ...(end.by && { by: end.by }) },
    }
  }
  const silentUs = endUs - lastAt.timeUs
  if (end?.how !== 'end-of-trace' || silentUs < SILENCE_US) return undefined
  const seconds = Math.floor(silentUs / 1e6)
  return {
    at: lastAt,
    did: (after) => `nothing follows ${after}, for ${seconds} s up to the end of the capture.`,
    evidence: { end: 'silence', silentSeconds: seconds },
  }
}
