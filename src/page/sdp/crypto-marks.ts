import { tagText } from '../../model/crypto-tag.ts'
import type { CryptoReport, SessionMedia } from '../../model/report.ts'
import { formatNumber } from '../../report/layout.ts'
import { type Mark, type MarkContext, type Marker, NOTHING } from './mark.ts'

const PROBLEMS: Readonly<Record<NonNullable<CryptoReport['problem']>, Mark>> = {
  'key-length': { tone: 'error', text: 'its key is not of the length that its suite needs' },
  'key-masked': { tone: 'note', text: 'a mask stands in the place of its key' },
  'key-undecodable': { tone: 'error', text: 'its key cannot be read' },
  'unknown-suite': { tone: 'note', text: 'its suite is not known' },
}

/** An a=crypto line (RFC 4568): whether it was agreed, what is wrong with it, and what is sent under its key. */
export const cryptoMarks: Marker = (line, context) => {
  const { media, side, lines } = context
  // Those that the analysis has read, by their order.
  const read = lines.filter(({ text, section }) => section === line.section && /^a= *crypto *:/i.test(text))
  const crypto = media?.[side]?.crypto[read.indexOf(line)]
  if (media === undefined || crypto === undefined) return NOTHING
  const problem = crypto.problem === undefined ? NOTHING : [PROBLEMS[crypto.problem]]
  return [
    ...(side === 'offer' ? ofOffer(crypto, media) : ofAnswer(crypto, media)),
    ...problem,
    ...onWire(crypto, context),
  ]
}

function ofOffer({ tag, suite }: CryptoReport, { offer, answer, agreed }: SessionMedia): readonly Mark[] {
  if (answer === undefined || answer.rejected || (answer.cut && answer.crypto.length === 0)) return NOTHING
  if (answer.crypto.length === 0) return [{ tone: 'warning', text: 'no crypto line was answered' }]
  const chosen = answer.crypto.find((other) => other.tag === tag)
  if (chosen === undefined) return [{ tone: 'note', text: 'not chosen' }]
  // Of lines that have one tag, another may be the one of the answer's suite.
  const isOther = chosen.suite !== suite && lineOf(chosen, offer?.crypto)?.suite === chosen.suite
  if (isOther) return [{ tone: 'note', text: 'not chosen' }]
  if (chosen.suite !== suite) return [{ tone: 'error', text: `answered with another suite, ${chosen.suite}` }]
  return agreed?.keying === 'sdes' ? [{ tone: 'agreed', text: 'agreed' }] : NOTHING
}

function ofAnswer({ tag, suite }: CryptoReport, { offer, answer, agreed }: SessionMedia): readonly Mark[] {
  const marks: Mark[] = []
  if (answer !== undefined && answer.crypto.length > 1) {
    marks.push({ tone: 'error', text: 'one of several; an answer has one (RFC 4568 §6.1)' })
  }
  const offered = lineOf({ tag, suite }, offer?.crypto)
  if (offered === undefined && offer?.cut) return marks
  if ((offer?.crypto.length ?? 0) === 0) marks.push({ tone: 'error', text: 'no crypto line was offered' })
  else if (offered === undefined) marks.push({ tone: 'error', text: `tag ${tagText(tag)} was not offered` })
  else if (offered.suite !== suite)
    marks.push({ tone: 'error', text: `tag ${tagText(tag)} was offered with ${offered.suite}` })
  else if (agreed?.keying === 'sdes') marks.push({ tone: 'agreed', text: `agreed: tag ${tagText(tag)}, ${suite}` })
  return marks
}

/** The offered line that an answer names by its tag, and among several by its suite. */
function lineOf({ tag, suite }: Pick<CryptoReport, 'tag' | 'suite'>, offered: readonly CryptoReport[] = []) {
  const ofTag = offered.filter((line) => line.tag === tag)
  return ofTag.find((line) => line.suite === suite) ?? ofTag[0]
}

/** What the packets say of its key. */
function onWire({ fingerprint }: CryptoReport, { streams }: MarkContext): readonly Mark[] {
  if (fingerprint === undefined) return NOTHING
  return streams.flatMap(({ id, kind, keyFingerprint, verified, failed, explanation }): readonly Mark[] => {
    const name = `${kind.toUpperCase()} stream ${id}`
    if (explanation?.keyFingerprint === fingerprint && failed > 0) {
      return [{ tone: 'error', text: `${name} is sent under this key, not the agreed one` }]
    }
    if (kind !== 'rtp' || keyFingerprint !== fingerprint) return NOTHING
    if (verified > 0) return [{ tone: 'agreed', text: `${formatNumber(verified)} packets of ${name} verify under it` }]
    return failed > 0 ? [{ tone: 'error', text: `${formatNumber(failed)} packets of ${name} fail under it` }] : NOTHING
  })
}
