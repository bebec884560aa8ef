import type { AnalysedCall, AnalysedStream } from '../../../src/model/analysis.ts'
import { ExchangeFacts } from '../../../src/model/exchanges.ts'
import type { Finding } from '../../../src/model/report.ts'
import type { Rule } from '../../../src/rules/rule.ts'
import { suiteByName } from '../../../src/srtp/suites.ts'
import { audio, described, exchange, keyOctets } from '../../media/exchanges.ts'
import { callOf, traceOf } from '../media-trace.ts'

export const A = '203.0.113.10'
export const B = '198.51.100.20'

/** An a=crypto line with a key of the suite's length, all octets `octet`; `more` are lifetime, MKI and session parameters. */
export function line(tag: number, suite: string, octet = tag, more = ''): string {
  const { masterKeyLength = 16, masterSaltLength = 14 } = suiteByName(suite) ?? {}
  return `a=crypto:${tag} ${suite} inline:${keyOctets(octet, masterKeyLength + masterSaltLength).toString('base64')}${more}`
}

/** The exchange of an RTP/SAVP offer and its answer, in frames 1 and 3 unless said otherwise. */
export function agreement(offer: readonly string[], answer: readonly string[], frame = 1): ReturnType<typeof exchange> {
  return exchange('one', described(frame, audio(A, 4000, 'RTP/SAVP', ...offer)), [
    described(frame + 2, audio(B, 6000, 'RTP/SAVP', ...answer), B, A),
  ])
}

export function callWith(...exchanges: ReturnType<typeof exchange>[]): AnalysedCall {
  return callOf({ exchanges: exchanges.map((one) => new ExchangeFacts(one, false)) })
}

/** What a rule finds in a trace of one call with these agreements. */
export function found(rule: Rule, call: AnalysedCall, streams: readonly AnalysedStream[] = []): Finding[] {
  return rule.find(traceOf({ calls: [call], streams }))
}
