import { isAccepted } from '../../media/media-line.ts'
import type { AnalysedExchange, DescribedFact } from '../../model/analysis.ts'
import { tagText } from '../../model/crypto-tag.ts'
import type { CryptoReport, MediaDescriptionReport, SessionMedia } from '../../model/report.ts'
import { isSecure } from '../agreement.ts'
import { ambiguousKeysFault } from './ambiguous-keys.ts'
import { parametersFault } from './negotiated-parameters.ts'
import type { SeenStreams } from './seen-streams.ts'

/** What is wrong with an answered m= line. */
export interface AnswerFault {
  readonly kind: keyof typeof ANSWER_REMEDIES
  readonly detail: string
  readonly isWarning?: boolean
  readonly evidence?: Readonly<Record<string, unknown>>
  /** Where they are others than those of the rule. */
  readonly references?: readonly string[]
}

const ONE_TAG = 'Have the answerer accept exactly one of the offered a=crypto lines, under its tag and with its suite.'

/** What to change, by the kind of fault. */
export const ANSWER_REMEDIES = {
  'tag-not-offered': ONE_TAG,
  'suite-differs': ONE_TAG,
  'answer-several': ONE_TAG,
  'answer-lacks-crypto':
    'Have the answerer give a key of its own for one of the offered a=crypto lines, or refuse the m= line (port 0) or the offer (488).',
  'offer-lacks-crypto':
    'Have the offerer give a=crypto lines with its RTP/SAVP, or offer RTP/AVP where nothing is to be protected.',
  'answer-unsolicited-crypto':
    'Have the offerer offer a=crypto, or the answerer take the m= line as it was offered: a key that was not asked for keys nothing.',
  'at-session-level': 'Write a=crypto into each m= section that it is for, behind the m= line.',
  'profile-differs':
    'Have the answerer repeat the profile of the offered m= line; where the offer is best effort (RTP/AVP with a=crypto), the a=crypto of the answer alone takes it up.',
  'key-length': 'Give a key of the length that the suite asks for: master key and master salt together, in base64.',
  'keys-without-mki':
    'Give one key with the line; or behind each of several an MKI of its own (|value:length), all of one length.',
  'parameters-differ':
    'Have the answerer repeat UNENCRYPTED_SRTP, UNENCRYPTED_SRTCP and UNAUTHENTICATED_SRTP as they stand in the line that it ' +
    'accepts, or accept another line; better, have the offerer leave them out.',
  'key-undecodable': 'Write master key and master salt as one base64 text behind inline:.',
} as const

/**
 * What is wrong with the crypto of an m= line that was answered; nothing where either side cut or refused it.
 *
 * @param streams of the call
 */
export function answerFaults(
  exchange: AnalysedExchange,
  media: SessionMedia,
  streams: SeenStreams,
): readonly AnswerFault[] {
  const { offer, answer } = media
  const faults: AnswerFault[] = []
  if (offer === undefined || answer === undefined || answer.rejected || offer.rejected) return faults
  if (offer.cut || answer.cut) return faults
  const ofLine = misplacedFault(answer, misplacedIn(exchange, media)) ?? lineFault(offer, answer)
  if (ofLine !== undefined) faults.push(ofLine)
  const ofParameters = ofLine === undefined ? parametersFault(offer, answer) : undefined
  if (ofParameters !== undefined) faults.push(ofParameters)
  const ofProfile = profileFault(offer, answer)
  if (ofProfile !== undefined) faults.push(ofProfile)
  addKeyFaults(faults, offer, answer, streams)
  return faults
}

type Who = 'offer' | 'answer'

/** Who gives its keys before the first m= line, and none in this one. */
function misplacedIn({ offer, answers }: AnalysedExchange, media: SessionMedia): readonly Who[] {
  const isMisplaced = (described: DescribedFact | undefined, line: MediaDescriptionReport | undefined) =>
    described?.misplacesCrypto === true && line !== undefined && !isKeyed(line)
  const ofOffer = isMisplaced(offer, media.offer) ? (['offer'] as const) : []
  return isMisplaced(answers.at(-1), media.answer) ? [...ofOffer, 'answer'] : ofOffer
}

function misplacedFault(answer: MediaDescriptionReport, misplaced: readonly Who[]): AnswerFault | undefined {
  if (misplaced.length === 0 || !isSecure(answer)) return undefined
  return {
    kind: 'at-session-level',
    detail:
      `the a=crypto of the ${misplaced.join(' and of the ')} stands before the first m= line, where it means nothing: ` +
      `${answer.profile} is agreed without ${misplaced.length === 2 ? 'keys' : `a key of the ${misplaced[0]}`}.`,
    evidence: { misplacedBy: misplaced },
  }
}

function lineFault(offer: MediaDescriptionReport, answer: MediaDescriptionReport): AnswerFault | undefined {
  const first = answer.crypto.at(0)
  if (first === undefined) {
    const given = answer.keying ?? []
    if (!isSecure(answer)) return undefined
    if (offer.crypto.length === 0) return offerLacksCrypto(offer)
    if (given.some((keying) => offer.keying?.includes(keying))) return undefined
    const instead = given.length === 0 ? '' : `; it gives ${given.join(', ')}, which was not offered`
    return { kind: 'answer-lacks-crypto', detail: `${answer.profile} is answered without a=crypto${instead}.` }
  }
  if (offer.crypto.length === 0) {
    const lacking = offerLacksCrypto(offer)
    if (lacking !== undefined) return lacking
    return { kind: 'answer-unsolicited-crypto', detail: 'the answer carries a=crypto and the offer has none.' }
  }
  if (answer.crypto.length > 1) {
    const tags = answer.crypto.map(({ tag }) => tag)
    return {
      kind: 'answer-several',
      detail: `the answer accepts tags ${tags.map(tagText).join(', ')}; exactly one is allowed.`,
      evidence: { tags },
    }
  }
  const offered = offer.crypto.filter(({ tag }) => tag === first.tag)
  if (offered.length === 0) {
    const tags = offer.crypto.map(({ tag }) => tag)
    return {
      kind: 'tag-not-offered',
      detail: `the answer names tag ${tagText(first.tag)}; offered were ${tags.map(tagText).join(', ')}.`,
      evidence: { answeredTag: first.tag, offeredTags: tags },
    }
  }
  if (offered.some(({ suite }) => suite === first.suite)) return undefined
  const suites = offered.map(({ suite }) => suite).join(' and ')
  const elsewhere = offer.crypto.find(({ suite }) => suite === first.suite)
  const meant = elsewhere === undefined ? '' : `, and ${first.suite} as tag ${tagText(elsewhere.tag)}`
  return {
    kind: 'suite-differs',
    detail: `the answer names tag ${tagText(first.tag)} with ${first.suite}; under this tag ${suites} was offered${meant}.`,
    evidence: { tag: first.tag, offeredSuite: suites, answeredSuite: first.suite },
  }
}

/** RTP/SAVP is keyed by its description (RFC 4568 §5.1.1); over DTLS it may be the handshake that was not described. */
function offerLacksCrypto(offer: MediaDescriptionReport): AnswerFault | undefined {
  if (!/^RTP\/SAVPF?$/i.test(offer.profile) || isKeyed(offer)) return undefined
  return {
    kind: 'offer-lacks-crypto',
    detail: `${offer.profile} is offered without a=crypto or other keying: the answerer gets no key for what the offerer sends.`,
  }
}

function profileFault(offer: MediaDescriptionReport, answer: MediaDescriptionReport): AnswerFault | undefined {
  const same = offer.profile === answer.profile || offer.profile.toUpperCase() === answer.profile.toUpperCase()
  const isPotential = offer.potentialProfiles?.includes(answer.profile) === true
  if (same || isPotential) return undefined
  // The side that offered RTP in the clear cannot protect it, and the other gives nothing to protect it with.
  if (isSecure(answer) && !isSecure(offer) && !isKeyed(offer) && !isKeyed(answer)) {
    return {
      kind: 'profile-differs',
      detail: `${offer.profile} is offered and ${answer.profile} answered, and neither side gives a key.`,
      evidence: { offeredProfile: offer.profile, answeredProfile: answer.profile },
    }
  }
  // Keying of another sort than what was offered is a fault of its own.
  if (!isKeyedAlike(offer, answer)) return undefined
  return {
    kind: 'profile-differs',
    detail: `${offer.profile} is offered and ${answer.profile} answered, though both sides gave keys.`,
    isWarning: true,
    evidence: { offeredProfile: offer.profile, answeredProfile: answer.profile },
  }
}

/** Key kinds speak of lines that were agreed. */
function addKeyFaults(
  faults: AnswerFault[],
  offer: MediaDescriptionReport,
  answer: MediaDescriptionReport,
  streams: SeenStreams,
): void {
  const accepted = offer.crypto.filter((line) =>
    answer.crypto.some((answered) => isAccepted(line, answered, offer.crypto)),
  )
  for (const line of accepted) addKeyFault(faults, 'offer', line, streams)
  for (const line of answer.crypto) addKeyFault(faults, 'answer', line, streams)
}

function addKeyFault(faults: AnswerFault[], who: Who, line: CryptoReport, streams: SeenStreams): void {
  const { tag, suite, problem, ambiguousKeyFingerprints } = line
  if (ambiguousKeyFingerprints !== undefined)
    faults.push(ambiguousKeysFault(who, line, ambiguousKeyFingerprints, streams))
  if (problem !== 'key-length' && problem !== 'key-undecodable') return
  const what = problem === 'key-length' ? `has the wrong length for ${suite}` : 'cannot be decoded'
  faults.push({
    kind: problem,
    detail: `the key of tag ${tagText(tag)} in the ${who} ${what}.`,
    evidence: { tag, suite },
  })
}

/** Whether both give a=crypto, or both one other sort of keying. */
function isKeyedAlike(offer: MediaDescriptionReport, answer: MediaDescriptionReport): boolean {
  if (offer.crypto.length > 0 && answer.crypto.length > 0) return true
  return answer.keying?.some((keying) => offer.keying?.includes(keying)) === true
}

function isKeyed({ crypto, keying }: MediaDescriptionReport): boolean {
  return crypto.length > 0 || keying !== undefined
}
