import type { AnalysedCall, AnalysedExchange } from '../model/analysis.ts'
import type { CryptoReport } from '../model/report.ts'
import { type CryptoSuite, suiteByName } from '../srtp/suites.ts'

/** A crypto line that offer and answer agreed on (RFC 4568 §5.1.2): one tag, one suite, and the key of each side. */
export interface AgreedCrypto {
  readonly exchange: AnalysedExchange
  readonly index: number
  readonly suite: CryptoSuite
  readonly offer: CryptoReport
  readonly answer: CryptoReport
}

/**
 * The crypto lines that a call's exchanges agreed on, in the order of their offers. An answer that does not belong to
 * its offer agrees on nothing: `crypto-mismatch` speaks of it.
 */
export function agreedCryptoOf(call: AnalysedCall): readonly AgreedCrypto[] {
  // Rule after rule asks of the same call.
  if (last?.call !== call) last = { call, lines: linesOf(call) }
  return last.lines
}

let last: { readonly call: AnalysedCall; readonly lines: readonly AgreedCrypto[] } | undefined

const NONE: readonly AgreedCrypto[] = []

function linesOf({ exchanges }: AnalysedCall): readonly AgreedCrypto[] {
  let lines: AgreedCrypto[] | undefined
  for (const exchange of exchanges) {
    for (const { index, offer, answer, agreed } of exchange.session.media) {
      if (agreed?.keying !== 'sdes' || offer === undefined || answer === undefined) continue
      for (const accepted of answer.crypto) {
        const suite = suiteByName(accepted.suite)
        const offered = offer.crypto.find(({ tag }) => tag === accepted.tag)
        if (suite === undefined || offered?.suite !== accepted.suite) continue
        lines ??= []
        lines.push({ exchange, index, suite, offer: offered, answer: accepted })
      }
    }
  }
  return lines ?? NONE
}

/** Whether a side gave a session parameter with its line (RFC 4568 §6.3). */
export function hasParameter({ sessionParameters }: CryptoReport, name: string): boolean {
  return sessionParameters?.some((parameter) => parameter === name || parameter.startsWith(`${name}=`)) ?? false
}

/** The frames of the offer and of the answer that agreed on a line. */
export function agreementFrames({ exchange }: AgreedCrypto): AnalysedExchange['offer']['at'][] {
  return [exchange.offer.at, ...exchange.answers.slice(-1).map(({ at }) => at)]
}
