import { formatDay, formatTime } from '../../model/time.ts'
import type { AnalysedHandshake } from '../../model/tls-facts.ts'
import { Alert } from '../../tls/alerts.ts'
import { type Certificate, KeyPurpose } from '../../tls/certificate.ts'
import type { AlertFacts, TlsSender } from '../../tls/handshake-facts.ts'

/** Go says the one, Java's JSSE the other of whatever it does not like about a certificate. */
const OF_ANYTHING: readonly number[] = [Alert.BadCertificate, Alert.CertificateUnknown]
/** OpenSSL says the first of a purpose that does not fit; others say what they say of anything. */
const OF_PURPOSE: readonly number[] = [...OF_ANYTHING, Alert.UnsupportedCertificate, Alert.AccessDenied]

/** What the certificate itself says about why it was refused. */
export interface RefusalReason {
  /** Sentences that follow what was refused. */
  readonly said: string
  readonly inferred?: boolean
  readonly remedy: string
  readonly evidence?: Readonly<Record<string, unknown>>
}

const REFUSED_REMEDY =
  'Read the log of the side that refuses: it says why. Mend first what else is found about this certificate, and have its ' +
  "authority in that side's trust list."
const CLOCK_REMEDY =
  'Check date and time (NTP) of the side that refuses, and its trust list for a root or an intermediate that has expired; mend ' +
  'first what else is found about this certificate.'
const EXPIRED_REMEDY = 'Renew what has expired and install it on every node.'
const REVOKED_REMEDY = 'Have a certificate issued for a new key in its place, and ask the authority why it was revoked.'
const UNSUPPORTED_REMEDY =
  "Compare the certificate's key, signature and key usage with what the side that refuses takes; its log says which it is."
const PURPOSE_REMEDY = {
  client:
    'Bind a certificate to the TLS profile of the client whose extended key usage has clientAuth, of an authority that both sides ' +
    'agree on: public ones no longer issue it. Or have the server take serverAuth of its peers too, where it can.',
  server: 'Bind a certificate to the TLS profile of the server whose extended key usage has serverAuth.',
} as const

/** What explains that the certificate of `shownBy` is refused with this alert, as far as it shows. */
export function refusalReason(
  { certificates }: AnalysedHandshake,
  shownBy: TlsSender,
  { at, description }: AlertFacts,
): RefusalReason | undefined {
  const chain = certificates[shownBy]
  const purpose =
    description !== undefined && OF_PURPOSE.includes(description) ? lacksPurpose(chain, shownBy) : undefined
  if (purpose !== undefined) {
    const isSure = description === Alert.UnsupportedCertificate
    const said = ` ${purpose.said}${isSure ? '' : ' Most likely that is why.'}`
    return { ...purpose, said, ...(!isSure && { inferred: true }) }
  }
  if (description === Alert.CertificateExpired)
    return ofDates(chain?.unread === undefined ? (chain?.path ?? []) : [], at.timeUs)
  if (description === Alert.CertificateRevoked) return { said: '', remedy: REVOKED_REMEDY }
  if (description === Alert.UnsupportedCertificate) return { said: '', remedy: UNSUPPORTED_REMEDY }
  if (description === undefined || !OF_ANYTHING.includes(description)) return undefined
  const said = ' That alert does not say why: its authority, a name, a date, or something else.'
  return { said, remedy: REFUSED_REMEDY }
}

const NAMES: ReadonlyMap<string, string> = new Map([
  [KeyPurpose.ServerAuth, 'serverAuth'],
  [KeyPurpose.ClientAuth, 'clientAuth'],
])

/** RFC 5280 §4.2.1.12: where a certificate says what it is for, it is for nothing else. */
export function lacksPurpose(
  chain: AnalysedHandshake['certificates'][TlsSender],
  shownBy: TlsSender,
): RefusalReason | undefined {
  const purposes = chain?.certificates[0]?.keyPurposes
  const needed = shownBy === 'client' ? KeyPurpose.ClientAuth : KeyPurpose.ServerAuth
  if (purposes === undefined || purposes.includes(needed) || purposes.includes(KeyPurpose.Any)) return undefined
  const [has, lacks] =
    shownBy === 'client' ? ['serverAuth', 'clientAuth, which a client needs'] : ['clientAuth', 'serverAuth']
  const isOther = purposes.includes(shownBy === 'client' ? KeyPurpose.ServerAuth : KeyPurpose.ClientAuth)
  return {
    said: `Its extended key usage ${isOther ? `has ${has} and ` : ''}lacks ${lacks}.`,
    remedy: PURPOSE_REMEDY[shownBy],
    evidence: { keyPurposes: purposes.map((purpose) => NAMES.get(purpose) ?? purpose) },
  }
}

/** An alert of a date is about the clock of who sends it, too. */
function ofDates(path: readonly Certificate[], timeUs: number): RefusalReason | undefined {
  // Before its first day a certificate has not expired; some say so all the same.
  if (path.length === 0 || path.some(({ notBeforeUs }) => notBeforeUs > timeUs)) return undefined
  const ended = path.find(({ notAfterUs }) => notAfterUs < timeUs)
  if (ended !== undefined) {
    const { subject, notAfterUs } = ended
    const evidence = { subject, notAfter: formatTime(notAfterUs) }
    return { said: ` ${subject} was valid until ${formatDay(notAfterUs)}.`, remedy: EXPIRED_REMEDY, evidence }
  }
  const until = Math.min(...path.map(({ notAfterUs }) => notAfterUs))
  const said =
    ` By the clock of the capture nothing that was shown has expired, nor will before ${formatDay(until)}: the clock of who refuses is ` +
    'wrong, or what has expired is in its trust list.'
  return { said, inferred: true, remedy: CLOCK_REMEDY, evidence: { validUntil: formatTime(until) } }
}
