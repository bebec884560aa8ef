import { tagText } from '../../model/crypto-tag.ts'
import type { MediaDescriptionReport } from '../../model/report.ts'
import { type CryptoSuite, suiteByName } from '../../srtp/suites.ts'
import { hasParameter } from './agreed-crypto.ts'
import type { AnswerFault } from './answer-faults.ts'

/**
 * The session parameters that are negotiated (RFC 4568 §6.3.2, §6.3.3): they hold for both directions, and the answer repeats those
 * of the line that it accepts. Others are declared, and each side has its own. `changes`: packets of the suite are others by it.
 */
const NEGOTIATED: readonly { readonly name: string; readonly changes: (suite: CryptoSuite) => boolean }[] = [
  { name: 'UNENCRYPTED_SRTP', changes: ({ cipher }) => cipher !== 'null' },
  { name: 'UNENCRYPTED_SRTCP', changes: ({ cipher }) => cipher !== 'null' },
  // The tag of an AEAD suite cannot be taken away (RFC 7714 §14.1).
  { name: 'UNAUTHENTICATED_SRTP', changes: ({ authentication }) => authentication === 'hmac-sha1' },
]

/** What the line of an answer leaves out of the offered one's negotiated parameters, or adds to them. */
export function parametersFault(
  offer: MediaDescriptionReport,
  { crypto: [answered] }: MediaDescriptionReport,
): AnswerFault | undefined {
  const offered = offer.crypto.find(({ tag, suite }) => tag === answered?.tag && suite === answered.suite)
  if (answered === undefined || offered === undefined) return undefined
  const suite = suiteByName(answered.suite)
  const names = NEGOTIATED.filter(({ changes }) => suite !== undefined && changes(suite)).map(({ name }) => name)
  const lacking = names.filter((name) => hasParameter(offered, name) && !hasParameter(answered, name))
  const added = names.filter((name) => !hasParameter(offered, name) && hasParameter(answered, name))
  if (lacking.length + added.length === 0) return undefined
  const what = [
    ...(lacking.length === 0 ? [] : [`without ${lacking.join(' and ')}, which it was offered with`]),
    ...(added.length === 0 ? [] : [`with ${added.join(' and ')}, which it was not offered with`]),
  ]
  return {
    kind: 'parameters-differ',
    detail:
      `tag ${tagText(answered.tag)} is answered ${what.join(', and ')}: the offerer may take the answer for none, or each side ` +
      'goes by its own line and misreads what the other sends.',
    isWarning: true,
    references: ['RFC 4568 §5.1.2', 'RFC 4568 §6.3.2', 'RFC 4568 §6.3.3'],
    evidence: { tag: answered.tag, lacking, added },
  }
}
