import type { AnalysedCall, AnalysedExchange } from '../../model/analysis.ts'
import { tagText } from '../../model/crypto-tag.ts'
import type { CryptoReport } from '../../model/report.ts'
import { type CryptoSuite, suiteByName } from '../../srtp/suites.ts'
import { hopText, mediumText } from '../agreement.ts'

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
        // Of lines that were offered under one tag it is the one of the answer's suite.
        const offered = offer.crypto.find(({ tag, suite }) => tag === accepted.tag && suite === accepted.suite)
        if (suite === undefined || offered === undefined) continue
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

/**
 * What is said of a line, with `what` for its suite. Where the answer accepts several lines (RFC 4568 §5.1.2 allows one), none of
 * them is the agreed one, and what a line says holds of the packets under it alone.
 */
export function agreedText({ exchange, index, answer }: AgreedCrypto, what: string, ofPackets: string): string {
  const others = (exchange.session.media[index]?.answer?.crypto ?? []).filter((line) => line !== answer)
  const beside = others.map(({ tag }) => tagText(tag)).join(', ')
  const how = others.length === 0 ? 'agreed' : `accepted beside tag${others.length === 1 ? '' : 's'} ${beside}`
  const under = others.length === 0 ? ofPackets : `under it ${ofPackets}`
  const { media } = exchange.session
  // Every m= line counts its tags from 1.
  const where = media.length > 1 ? ` for the ${mediumText(media, media[index])}` : ''
  return (
    `Tag ${tagText(answer.tag)} with ${what} is ${how}${where} on ${hopText(exchange.offer)} (offer in frame ${exchange.offer.at.frame}, ` +
    `answer in frame ${exchange.answers.at(-1)?.at.frame}): ${under}.`
  )
}
