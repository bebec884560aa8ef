import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { TraceFacts } from '../../model/analysis.ts'
import type { AnalysedHandshake, AnalysedTls } from '../../model/tls-facts.ts'
import type { Opening } from '../../sip/foreign-protocol.ts'
import { Alert, alertName } from '../../tls/alerts.ts'
import { defineRule, type RuleText } from '../rule.ts'
import type { Failure } from './failed-handshake.ts'
import { failureOf } from './handshake-failure.ts'
import { clientShowed, meeting, pairOf, serverChoices, serverShowed } from './handshake-sides.ts'
import { cutHello } from './handshake-silence.ts'
import { type Handshaken, PeerFindings } from './tls-peers.ts'

const text: RuleText = {
  id: 'tls-handshake-failed',
  severity: 'error',
  title: 'A TLS handshake fails',
  meaning:
    'The two sides did not come to terms, and no SIP was sent: the trunk is down, or goes over another way. What the ' +
    'client supports stands in its ClientHello; a server never states what it supports, and what is concluded about it is ' +
    'called inferred.',
  shows:
    "An alert, a reset or silence before both sides sent Finished; also what a side says of the other's certificate behind " +
    "it, before anything else, and in TLS 1.3 without secrets a sealed record of an alert's length that is its last word; " +
    'clear SIP sent to a TLS port, or a clear answer to a ClientHello; a warning where HTTP or another protocol is sent there. A warning where the handshake goes well and the server ends the connection ' +
    'at once, without a word to what the client sent (closed).',
  causes: [
    'no cipher suite, version or group in common after one side was hardened',
    'the authority of a certificate is not in the trust list of the other side, or an intermediate is missing',
    'the server wants a certificate of the client, which has none bound to its TLS profile, or none of an authority that the ' +
      'server names',
    'a trunk set to TLS on the port for clear SIP, or the other way round',
    'a load balancer that puts a header of the PROXY protocol before what the client says, and a server that expects none',
    'a ClientHello of several packets, as post-quantum key shares make it, of which the path or a middlebox drops one',
    'a path that loses the long segments of the certificates: a tunnel whose MTU nobody is told of (RFC 2923 §2.1)',
  ],
  remedy:
    'Compare what each side showed, and set the TLS profiles so that they meet; the kind names what to look at first.',
  references: ['RFC 8446 §6.2', 'RFC 5246 §7.2.2', 'RFC 8446 §4.1.1', 'RFC 3261 §26.2.1'],
  kinds: [
    'no-common-cipher',
    'no-common-version',
    'no-common-group',
    'unknown-ca',
    'bad-certificate',
    'certificate-required',
    'client-hello-cut',
    'not-tls',
    'closed',
    'other',
  ],
}

export const tlsHandshakeFailed = defineRule(text, (trace) => ({
  end: () => {
    if (trace.tls.length === 0) return []
    const found = new PeerFindings(text, trace)
    const choices = serverChoices(trace)
    const clear = clearServers(trace)
    const taken = new Set(trace.tls.filter(isTaken).map(beginning))
    for (const tls of trace.tls) {
      const endUs = trace.heardUntilUs[tls.lastAt.capture]
      const whole = notTls(tls) ?? otherOpening(tls) ?? cutHello(tls, endUs)
      if (whole !== undefined) {
        add(found, { tls, handshake: tls.handshakes[0] }, whole, choices)
        continue
      }
      for (const handshake of tls.handshakes) {
        const failure = failureOf(tls, handshake, endUs)
        if (failure !== undefined)
          add(
            found,
            { tls, handshake },
            taken.has(beginning(tls)) ? failure : whyNotTls(tls, handshake, failure, clear),
            choices,
          )
      }
    }
    return found.findings()
  },
}))

function add(
  found: PeerFindings,
  { tls, handshake }: Pick<Handshaken, 'tls'> & Partial<Handshaken>,
  { kind, at, said, inferred = false, evidence, remedy, title, severity }: Failure,
  choices: ReturnType<typeof serverChoices>,
): void {
  const took = choices.get(formatEndpoint(tls.server))
  found.add(`${pairOf(tls)} ${kind} ${said}`, tls, at, () => ({
    kind,
    detail: `${capital(said)}${MEETS.has(kind) && handshake !== undefined ? meeting(handshake, took) : ''}`,
    remedy,
    title,
    severity,
    evidence: {
      ...evidence,
      ...(inferred && { inferred }),
      ...(handshake && clientShowed(handshake) && { clientShowed: clientShowed(handshake) }),
      ...(handshake && { serverShowed: serverShowed(handshake, took) }),
    },
  }))
}

/** Kinds that are about what the two sides support. */
const MEETS: ReadonlySet<string> = new Set(['no-common-cipher', 'no-common-version', 'no-common-group'])

/** Clear SIP to a TLS port, or clear words to a ClientHello. */
function notTls(tls: AnalysedTls): Failure | undefined {
  const { clear, client, server, handshakes, lost, end } = tls
  const address = formatEndpoint(server)
  if (handshakes.some(({ finished }) => finished.server !== undefined || finished.client !== undefined))
    return undefined
  const evidence = { clear: clear.client === undefined ? 'server' : 'client' }
  if (clear.client !== undefined && clear.server === undefined) {
    // The end of the capture is no answer, and a hole may have held one.
    const isAnswered = handshakes.some(({ alerts }) => alerts.length > 0)
    if (!isAnswered && (lost || !(end?.how === 'fin' || end?.how === 'reset'))) return undefined
    const said = `${client.address} speaks SIP in the clear to ${address}, where TLS is spoken, and gets ${isAnswered ? 'a TLS alert' : 'no answer'}.`
    return { kind: 'not-tls', at: clear.client, said, evidence }
  }
  if (clear.server === undefined || handshakes[0]?.clientHello === undefined) return undefined
  const said = `${client.address} begins TLS with ${address}, which answers with something that is no TLS: most likely a port for clear SIP.`
  return { kind: 'not-tls', at: clear.server, said, evidence }
}

const OPENINGS: Readonly<Record<Opening, string>> = {
  http: 'HTTP',
  ssl2: 'SSL 2.0 (a hello of its form, which RFC 6176 and RFC 8446 forbid)',
  other: 'something that is neither TLS nor SIP',
}

/** A check of a load balancer, or somebody who looks around: no trunk, mostly. */
function otherOpening({ opening, client, server, handshakes }: AnalysedTls): Failure | undefined {
  const isRefused = handshakes.some(({ alerts }) => alerts.some(({ sender }) => sender === 'server'))
  if (opening === undefined || !isRefused || handshakes.some(({ serverHello }) => serverHello !== undefined))
    return undefined
  const said = `${client.address} begins with ${OPENINGS[opening.protocol]} at ${formatEndpoint(server)}, where TLS is spoken, and gets a TLS alert.`
  const remedy =
    'Look who that is: a health check that is set to the wrong protocol, an old client, or somebody who looks around.'
  return { kind: 'not-tls', at: opening.at, said, severity: 'warning', remedy, evidence: { opening: opening.protocol } }
}

/** Where clear SIP was read, by the server's address and port. */
function clearServers({ clearSip }: TraceFacts): ReadonlySet<string> {
  const ends = clearSip
    .filter(({ transport }) => transport === 'tcp')
    .flatMap(({ source, destination }) => [source, destination])
  return new Set(ends.map(formatEndpoint))
}

/** How TLS is begun there: with a header of the PROXY protocol or without. */
function beginning({ server, proxiedAt }: AnalysedTls): string {
  return `${formatEndpoint(server)}${proxiedAt === undefined ? '' : ' PROXY'}`
}

function isTaken({ handshakes }: AnalysedTls): boolean {
  return handshakes.some(({ serverHello }) => serverHello !== undefined)
}

/** What a ClientHello meets that the server did not take for one. */
function whyNotTls(
  { client, server, proxiedAt }: AnalysedTls,
  { serverHello, alerts }: AnalysedHandshake,
  failure: Failure,
  clear: ReadonlySet<string>,
): Failure {
  if (serverHello !== undefined) return failure
  const said = alerts.find(({ sender }) => sender === 'server')?.description
  if (proxiedAt !== undefined && (said === undefined || TO_NO_TLS.has(said))) {
    return {
      ...{ ...failure, kind: 'not-tls', at: proxiedAt, inferred: true },
      said:
        `A header of the PROXY protocol stands before the ClientHello of ${client.address}, and the server ${formatEndpoint(server)} ` +
        `${said === undefined ? 'answers nothing' : `answers ${alertName(said)}`}: most likely it expects no such header, and takes it for no TLS.`,
      remedy: 'Switch the PROXY protocol off at the load balancer before the server, or have the server expect it.',
    }
  }
  if (alerts.length > 0 || !(server.port === CLEAR_PORT || clear.has(formatEndpoint(server)))) return failure
  const why =
    server.port === CLEAR_PORT ? `${CLEAR_PORT} is the port of clear SIP` : 'SIP in the clear is spoken at that port'
  return { ...failure, kind: 'not-tls', inferred: true, said: `${failure.said} Most likely it expects no TLS: ${why}.` }
}

/** What servers say to octets that are no record of TLS. */
const TO_NO_TLS: ReadonlySet<number> = new Set([Alert.UnexpectedMessage, Alert.DecodeError, Alert.ProtocolVersion])

/** RFC 3261 §19.1.2. */
const CLEAR_PORT = 5060

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}
