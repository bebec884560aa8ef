import type { AnalysedCall, AnalysedExchange, AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import type { Policy, SrtpPolicy } from '../../policy/policy.ts'
import { exchangeFrames, firstOf, hopText } from '../agreement.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { type AgreedSuite, agreedSuitesOf, type KnownSupport, SuiteSupport } from './suite-support.ts'

const text: RuleText = {
  id: 'srtp-suite-policy',
  severity: 'warning',
  title: 'The agreed protection is not the one that the policy asks for',
  meaning:
    'Under a policy with crypto suites: one that it does not list is agreed, or both sides support a better one and did ' +
    'not take it. Under a policy that says how media is keyed: it is keyed otherwise.',
  shows:
    'The suite of the answered a=crypto line, beside the list (not-allowed); a better suite in the offer that the ' +
    'answerer is seen to support elsewhere in the trace (passed-over).',
  causes: [
    'a suite list left at its default on the answering side',
    'an SBC that answers by its own order, not by that of the offer',
    'two profiles of one device: one for trunks and one for phones',
  ],
  remedy: "Put the policy's suites, the best first, into the media profiles of both sides, and take all others out.",
  references: ['RFC 4568 §5.1.1', 'RFC 4568 §5.1.2', 'RFC 4568 §6.2'],
  kinds: ['not-allowed', 'passed-over'],
}

/** Agreements that wait for the end of the trace, which may show what the answerer supports; further ones are judged at once. */
const MOST_WAITING = 100_000

/** What is kept of an agreement until it is known what its answerer supports. */
interface Waiting {
  readonly callId: string
  readonly line: Pick<AgreedSuite, 'index' | 'suite' | 'answerer'>
  readonly better: readonly string[]
  readonly hop: string
  readonly at: readonly AnalysedExchange['offer']['at'][]
}

export const srtpSuitePolicy = defineRule(text, (trace, policy, onLimit) => {
  const { srtp = {} } = policy
  if (!asksOfSuites(srtp)) return {}
  const ranking = [...new Set([...(srtp.preferredSuites ?? []), ...(srtp.suites ?? [])])]
  const support = new SuiteSupport(onLimit)
  const waiting: Waiting[] = []
  return {
    call: (call) => {
      if (ranking.length > 1 || srtp.preferredSuites !== undefined) support.learn(call)
      const said = new Set<number>()
      const refused = firstOf(
        call.exchanges.flatMap((exchange) => refusals(exchange, policy)),
        ({ index, what }) => `${index} ${what}`,
      ).map((one) => {
        said.add(one.index)
        return describeRefusal(trace, call, one)
      })
      const passed = firstOf(
        agreedSuitesOf(call).flatMap((line) => waitingOf(call, line, ranking)),
        ({ line }) => `${line.index} ${line.suite}`,
      ).filter(({ line }) => !said.has(line.index))
      if (waiting.length + passed.length <= MOST_WAITING) {
        waiting.push(...passed)
        return refused
      }
      return [...refused, ...passed.flatMap((one) => passedOver(trace, one, support))]
    },
    end: () => [
      ...waiting.flatMap((one) => passedOver(trace, one, support)),
      ...trace.streams.flatMap((stream) => onWire(trace, stream, srtp)),
    ],
  }
})

function asksOfSuites({ suites, preferredSuites, offerOnlySuites, keying, webSocketDtls }: SrtpPolicy): boolean {
  return [suites, preferredSuites, offerOnlySuites, keying].some((list) => list !== undefined) || webSocketDtls === true
}

interface Refusal {
  readonly exchange: AnalysedExchange
  readonly index: number
  readonly what: string
  readonly wanted: string
  readonly evidence: Readonly<Record<string, unknown>>
}

/** What an exchange agreed on that the policy does not allow. */
function refusals(exchange: AnalysedExchange, { srtp = {} }: Policy): Refusal[] {
  return exchange.session.media.flatMap(({ index, agreed }): Refusal[] => {
    if (agreed === undefined) return []
    const { keying, suite } = agreed
    const overWebSocket = exchange.transport === 'ws' || exchange.transport === 'wss'
    const ways = overWebSocket && srtp.webSocketDtls ? ['dtls'] : keying === 'none' ? undefined : srtp.keying
    if (ways !== undefined && !ways.includes(keying as 'dtls')) {
      const what = keying === 'none' ? 'media without keying' : `keying by ${keying.toUpperCase()}`
      const wanted = `asks for ${ways.map((way) => way.toUpperCase()).join(' or ')}`
      return [{ exchange, index, what, wanted, evidence: { keying, allowedKeying: ways } }]
    }
    if (keying !== 'sdes' || suite === undefined) return []
    const refusal = suiteRefusal(suite, srtp)
    return refusal === undefined ? [] : [{ exchange, index, what: suite, ...refusal }]
  })
}

function suiteRefusal(
  suite: string,
  { suites, offerOnlySuites }: SrtpPolicy,
): Pick<Refusal, 'wanted' | 'evidence'> | undefined {
  if (offerOnlySuites?.includes(suite))
    return { wanted: 'lets it be offered, but not agreed', evidence: { suite, offerOnly: offerOnlySuites } }
  if (suites === undefined || suites.includes(suite)) return undefined
  return { wanted: `allows ${suites.join(', ')}`, evidence: { suite, allowed: suites } }
}

function describeRefusal(trace: TraceFacts, { callId }: AnalysedCall, refusal: Refusal): Finding {
  const { exchange, index, what, wanted, evidence } = refusal
  const at = exchangeFrames(exchange)
  return finding(text, trace, {
    kind: 'not-allowed',
    detail: `Frames ${at.map(({ frame }) => frame).join(' and ')} (${hopText(exchange.offer)}) agree on ${what}; the policy ${wanted}.`,
    callId,
    at,
    evidence: { mediaIndex: index, leg: exchange.session.leg, ...evidence },
  })
}

/** Media whose keys did not come by readable signalling: what verifies was agreed somewhere. */
function onWire(trace: TraceFacts, { report, firstAt }: AnalysedStream, srtp: SrtpPolicy): Finding[] {
  const { suite, keySource, kind, verified, callId } = report
  if (suite === undefined || keySource !== 'keys-file' || kind !== 'rtp' || verified === 0) return []
  const refusal = suiteRefusal(suite, srtp)
  if (refusal === undefined) return []
  return [
    finding(text, trace, {
      kind: 'not-allowed',
      detail:
        `${verified} packets from ${report.src} to ${report.dst} verify under ${suite} (key of the keys file); the policy ` +
        `${refusal.wanted}.`,
      callId,
      streamId: report.id,
      at: [firstAt],
      evidence: refusal.evidence,
    }),
  ]
}

/** An agreement to whose offer there was something better. */
function waitingOf({ callId }: AnalysedCall, line: AgreedSuite, ranking: readonly string[]): Waiting[] {
  const rank = ranking.indexOf(line.suite)
  const better = (rank === -1 ? ranking : ranking.slice(0, rank)).filter((suite) => line.offered.includes(suite))
  if (better.length === 0) return []
  const { exchange, index, suite, answerer } = line
  return [
    { callId, line: { index, suite, answerer }, better, hop: hopText(exchange.offer), at: exchangeFrames(exchange) },
  ]
}

function passedOver(trace: TraceFacts, { callId, line, better, hop, at }: Waiting, support: SuiteSupport): Finding[] {
  const [known] = better.flatMap((suite): (KnownSupport & { suite: string })[] => {
    const one = support.of(line.answerer, suite)
    return one === undefined ? [] : [{ ...one, suite }]
  })
  if (known === undefined) return []
  return [
    finding(text, trace, {
      kind: 'passed-over',
      detail:
        `Frames ${at.map(({ frame }) => frame).join(' and ')} (${hop}) agree on ${line.suite}; ${known.suite}, which the policy ` +
        `puts first, was offered as well, and the answerer ${known.how} it in frame ${known.at.frame}.`,
      callId,
      at: [...at, known.at],
      evidence: { mediaIndex: line.index, suite: line.suite, better: known.suite },
    }),
  ]
}
