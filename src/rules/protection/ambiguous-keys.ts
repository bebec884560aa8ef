import { tagText } from '../../model/crypto-tag.ts'
import type { CryptoReport } from '../../model/report.ts'
import type { AnswerFault } from './answer-faults.ts'
import type { SeenStreams } from './seen-streams.ts'

/**
 * An a=crypto line with several keys that no MKI tells apart (RFC 4568 §6.1): its receiver has to guess which of them a packet goes
 * under. Packets that verify show which it is.
 *
 * @param keys fingerprints, in the order of the line
 * @param usedKeys fingerprints of the keys that packets of the call verify under
 */
export function ambiguousKeysFault(
  who: 'offer' | 'answer',
  { tag, suite }: CryptoReport,
  keys: readonly string[],
  { usedKeys }: SeenStreams,
): AnswerFault {
  const used = keys.filter((key) => usedKeys.has(key))
  const byWire =
    used.length === 0 ? '' : ` What verifies goes under ${used.map((key) => nameOf(key, keys)).join(' and ')}`
  const isFirst = used.every((key) => key === keys[0])
  const dropped = used.includes(keys[0]) ? 'what goes under another' : 'it'
  const consequence = isFirst ? '' : `, and a receiver that takes the first of them drops ${dropped}`
  return {
    kind: 'keys-without-mki',
    detail:
      `tag ${tagText(tag)} of the ${who} has ${keys.length} keys, and not behind each an MKI of its own that is as long as the ` +
      `others: a receiver cannot tell which of them a packet goes under.${byWire}${consequence}${byWire === '' ? '' : '.'}`,
    isWarning: true,
    evidence: { tag, suite, keyFingerprints: keys, ...(used.length > 0 && { usedKeyFingerprints: used }) },
  }
}

function nameOf(key: string, keys: readonly string[]): string {
  return `key ${keys.indexOf(key) + 1} of them (${key})`
}
