import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { AnalysedHandshake, AnalysedTls } from '../../model/tls-facts.ts'
import { defineRule, type RuleText } from '../rule.ts'
import type { Failure } from './failed-handshake.ts'
import { failureOf } from './handshake-failure.ts'
import { clientShowed, meeting, pairOf, serverChoices, serverShowed } from './handshake-sides.ts'
import { cutHello } from './handshake-silence.ts'
import { PeerFindings } from './tls-peers.ts'

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
    'clear SIP sent to a TLS port, or a clear answer to a ClientHello. A warning where the handshake goes well and the server ends the connection ' +
    'at once, without a word to what the client sent (closed).',
  causes: [
    'no cipher suite, version or group in common after one side was hardened',
    'the authority of a certificate is not in the trust list of the other side, or an intermediate is missing',
    'the server wants a certificate of the client, which has none bound to its TLS profile, or none of an authority that the ' +
      'server names',
    'a trunk set to TLS on the port for clear SIP, or the other way round',
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
    for (const tls of trace.tls) {
      const endUs = trace.heardUntilUs[tls.lastAt.capture]
      const whole = notTls(tls) ?? cutHello(tls, endUs)
      if (whole !== undefined) {
        add(found, tls, tls.handshakes[0], whole, choices)
        continue
      }
      for (const handshake of tls.handshakes) {
        const failure = failureOf(tls, handshake, endUs)
        if (failure !== undefined) add(found, tls, handshake, failure, choices)
      }
    }
    return found.findings()
  },
}))

function add(
  found: PeerFindings,
  tls: AnalysedTls,
  handshake: AnalysedHandshake | undefined,
  { kind, at, said, inferred = false, evidence, remedy, title, severity }: Failure,
  choices: ReturnType<typeof serverChoices>,
): void {
  const took = choices.get(formatEndpoint(tls.server))
  found.add(`${pairOf(tls)} ${kind} ${said}`, tls, at, () => ({
    kind,
    detail: `${capital(said)}${MEETS.has(kind) && handshake !== undefined ? meeting(handshake, took) : ''}`,
    ...(remedy !== undefined && { remedy }),
    ...(title !== undefined && { title }),
    ...(severity !== undefined && { severity }),
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
  const said = `${client.address} begins TLS with ${address}, which answers with something that is no TLS: a port for clear SIP.`
  return { kind: 'not-tls', at: clear.server, said, evidence }
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}
