import type { SipAnomaly } from './message.ts'

type Severity = SipAnomaly['severity']

/** Every anomaly of SIP syntax: reason, severity, what people read. Those of one header name: REPEATED and MISSING below. */
const ANOMALIES = {
  'start-line-spaces': ['invalid', 'The start line has more than one space between its parts (RFC 3261 §7.1)'],
  'start-line-trailing-space': ['invalid', 'White space follows SIP-Version in the request line (RFC 3261 §7.1)'],
  'request-uri-spaces': ['invalid', 'The Request-URI holds unescaped white space (RFC 3261 §7.1)'],
  'request-uri-bracketed': ['invalid', 'The Request-URI is enclosed in <> (RFC 3261 §7.1)'],
  'request-uri-headers': ['invalid', 'The Request-URI carries header fields after "?" (RFC 3261 §19.1.1)'],
  'request-uri-missing': ['invalid', 'The request line has no Request-URI (RFC 3261 §7.1)'],
  'method-not-token': ['invalid', 'The method is not a token (RFC 3261 §25.1)'],
  'version-unknown': ['invalid', 'SIP-Version is not SIP/2.0 (RFC 3261 §7.1)'],
  'status-out-of-range': ['invalid', 'The Status-Code is not three digits from 100 to 699 (RFC 3261 §7.2)'],
  'leading-empty-lines': ['note', 'Empty lines stand before the start line (RFC 3261 §7.5 says to ignore them)'],
  'bare-line-feed': ['invalid', 'A line ends in LF without CR (RFC 3261 §7)'],
  'capture-cut': ['note', 'The capture does not hold the whole message; what is missing cannot be judged'],
  'header-section-unterminated': ['invalid', 'No empty line ends the header fields (RFC 3261 §7)'],
  'header-without-colon': ['invalid', 'A header line has no colon (RFC 3261 §7.3.1)'],
  'header-name-not-token': ['invalid', 'A header name is not a token (RFC 3261 §25.1)'],
  'header-not-utf8': ['note', 'The header fields hold octets that are not UTF-8 (RFC 3261 §7)'],
  'fold-without-header': ['invalid', 'The first header line is a continuation of nothing (RFC 3261 §7.3.1)'],
  'headers-over-limit': ['limit', 'More header lines than this reader keeps; the rest was left out'],
  'values-over-limit': ['limit', 'More values in a header than this reader keeps; the rest was left out'],
  'quote-unbalanced': ['invalid', 'A quoted string is not closed (RFC 3261 §25.1)'],
  'angle-bracket-unbalanced': ['invalid', 'A < has no > (RFC 3261 §25.1)'],
  'parameter-empty': [
    'invalid',
    'A parameter has no name: semicolons follow each other or end the value (RFC 3261 §25.1)',
  ],
  'parameter-malformed': ['invalid', 'Something other than parameters follows a value (RFC 3261 §25.1)'],
  'list-value-empty': ['invalid', 'A list has an empty value: a comma too many (RFC 3261 §7.3.1)'],
  'display-name-not-token': ['invalid', 'An unquoted display name holds characters that need quotes (RFC 3261 §25.1)'],
  'address-spaces': ['invalid', 'White space stands inside an addr-spec (RFC 3261 §25.1)'],
  'address-without-uri': ['invalid', 'An address has no URI (RFC 3261 §20.10)'],
  'address-not-bracketed': ['invalid', 'A URI with "?" is not enclosed in <> (RFC 3261 §20)'],
  'uri-malformed': ['invalid', 'A URI has no scheme, no host, or a port that is no number (RFC 3261 §19.1.1)'],
  'uri-escape-malformed': ['invalid', 'A % in a URI is not followed by two hexadecimal digits (RFC 3261 §19.1.2)'],
  'uri-scheme-unknown': ['note', 'A URI has a scheme other than sip, sips and tel (RFC 3261 §8.2.2.1)'],
  'uri-escaped-nul': ['note', 'A URI holds %00 (RFC 4475 §3.1.1.4: allowed)'],
  'via-malformed': ['invalid', 'A Via value is not SIP/2.0/transport host (RFC 3261 §20.42)'],
  'via-version-unknown': ['invalid', 'The protocol of a Via value is not SIP/2.0 (RFC 3261 §20.42)'],
  'via-branch-empty': ['invalid', 'A Via branch is the magic cookie z9hG4bK and nothing more (RFC 3261 §8.1.1.7)'],
  'via-branch-rfc2543': ['note', 'A Via value has no branch that begins with z9hG4bK, as before RFC 3261 (§8.1.1.7)'],
  'via-broadcast': [
    'note',
    'A Via value names the broadcast address; the response is to be discarded (RFC 4475 §3.3.10)',
  ],
  'cseq-malformed': ['invalid', 'CSeq is not a number and a method (RFC 3261 §20.16)'],
  'cseq-out-of-range': ['invalid', 'The CSeq number is not below 2^31 (RFC 3261 §8.1.1.5)'],
  'cseq-method-mismatch': ['invalid', 'The method of CSeq is not that of the request (RFC 3261 §8.1.1.5)'],
  'call-id-malformed': ['invalid', 'Call-ID is empty or holds white space (RFC 3261 §20.8)'],
  'from-tag-missing': ['note', 'From has no tag, as before RFC 3261 (§8.1.1.3)'],
  'to-tag-missing': ['note', 'To of a response has no tag, as before RFC 3261 (§8.2.6.2)'],
  'contact-missing': ['note', 'An INVITE, or a 2xx to one, has no Contact (RFC 3261 §8.1.1.8, §12.1.1)'],
  'contact-wildcard-not-alone': [
    'invalid',
    'Contact * stands beside other values or outside REGISTER (RFC 3261 §10.2.2)',
  ],
  'max-forwards-out-of-range': ['invalid', 'Max-Forwards is not a number from 0 to 255 (RFC 3261 §20.22)'],
  'expires-out-of-range': ['invalid', 'Expires or the expires parameter is not a number below 2^32 (RFC 3261 §20.19)'],
  'retry-after-out-of-range': ['invalid', 'Retry-After is not a number of seconds below 2^32 (RFC 3261 §20.33)'],
  'warning-malformed': ['invalid', 'A Warning value does not begin with a code of three digits (RFC 3261 §20.43)'],
  'date-malformed': ['invalid', 'Date is not an RFC 1123 date in GMT (RFC 3261 §20.17)'],
  'rseq-out-of-range': ['invalid', 'RSeq is not a number from 1 to 2^32 - 1 (RFC 3262 §7.1)'],
  'rack-malformed': ['invalid', 'RAck is not two numbers and a method (RFC 3262 §7.2)'],
  'replaces-malformed': ['invalid', 'Replaces lacks Call-ID, to-tag or from-tag (RFC 3891 §6.1)'],
  'content-type-malformed': ['invalid', 'A Content-Type is not type/subtype (RFC 3261 §20.15)'],
  'content-type-missing': ['invalid', 'A body has no Content-Type (RFC 3261 §20.15)'],
  'content-length-malformed': ['invalid', 'Content-Length is not a number, or is negative (RFC 3261 §20.14)'],
  'content-length-too-large': ['invalid', 'The body is shorter than Content-Length says (RFC 3261 §18.3)'],
  'octets-after-body': [
    'note',
    'Octets follow the body that Content-Length delimits; they are ignored (RFC 3261 §18.3)',
  ],
  'content-length-too-small': [
    'invalid',
    'Content-Length cuts a session description off; the rest of it is not read (RFC 3261 §18.3)',
  ],
  'content-encoded': ['note', 'Content-Encoding is applied to the body, which is shown as sent (RFC 3261 §20.12)'],
  'multipart-boundary-missing': [
    'invalid',
    'A multipart body has no boundary, or it is not in the body (RFC 2046 §5.1.1)',
  ],
  'multipart-unterminated': ['invalid', 'A multipart body has no closing delimiter (RFC 2046 §5.1.1)'],
  'multipart-part-malformed': ['invalid', 'No empty line ends the header fields of a body part (RFC 2046 §5.1)'],
  'multipart-transfer-encoded': [
    'note',
    'A body part has a Content-Transfer-Encoding other than binary (RFC 3261 §7.4.1)',
  ],
  'text-over-limit': ['limit', 'A Call-ID, tag, URI or other text is longer than this reader keeps; it was shortened'],
  'body-parts-over-limit': ['limit', 'More body parts than this reader keeps; the rest was left out'],
  'body-nesting-over-limit': ['limit', 'Bodies are nested deeper than this reader looks; the rest was left out'],
} as const satisfies Record<string, readonly [Severity, string]>

export type AnomalyReason = keyof typeof ANOMALIES

/** Headers that stand once at most (RFC 3261 §7.3.1: no comma-separated grammar), with the spelling people know. */
const SINGLE_HEADERS: ReadonlyMap<string, string> = new Map(
  [
    ...['Call-ID', 'Content-Disposition', 'Content-Length', 'Content-Type', 'CSeq', 'Date', 'Event', 'Expires', 'From'],
    ...['Max-Forwards', 'MIME-Version', 'Min-Expires', 'RAck', 'Refer-To', 'Replaces', 'Retry-After', 'RSeq', 'Server'],
    ...['Session-Expires', 'Session-ID', 'Subject', 'To', 'User-Agent'],
  ].map((name) => [name.toLowerCase(), name]),
)

/** Mandatory headers (RFC 3261 §8.1.1, §20 table 2). Max-Forwards is new in RFC 3261, and its lack is tolerated (§16.3). */
const MANDATORY_HEADERS: ReadonlyMap<string, readonly [Severity, string]> = new Map([
  ['call-id', ['invalid', 'Call-ID']],
  ['cseq', ['invalid', 'CSeq']],
  ['from', ['invalid', 'From']],
  ['to', ['invalid', 'To']],
  ['via', ['invalid', 'Via']],
  ['max-forwards', ['note', 'Max-Forwards']],
])

export function isSingleHeader(name: string): boolean {
  return SINGLE_HEADERS.has(name)
}

/** What one message's parsers noticed, each reason once: its size is bounded by the tables above. */
export class AnomalyList {
  readonly #found = new Map<string, SipAnomaly>()

  add(reason: AnomalyReason): void {
    if (this.#found.has(reason)) return
    const [severity, text] = ANOMALIES[reason]
    this.#found.set(reason, { reason, text: `${text}.`, severity })
  }

  /** `repeated-call-id`, … for a header that `isSingleHeader`. */
  addRepeated(name: string): void {
    const text = `${SINGLE_HEADERS.get(name) ?? name} appears more than once; the first is used (RFC 3261 §7.3.1).`
    this.#found.set(`repeated-${name}`, { reason: `repeated-${name}`, text, severity: 'invalid' })
  }

  /** `missing-call-id`, … for the mandatory headers. */
  addMissing(name: string): void {
    const [severity, spelling] = MANDATORY_HEADERS.get(name) ?? ['invalid', name]
    const text = `${spelling} is missing (RFC 3261 §8.1.1).`
    this.#found.set(`missing-${name}`, { reason: `missing-${name}`, text, severity })
  }

  /** RFC 3261 §20.14: over a stream nothing else tells where the body ends. */
  addMissingContentLength(): void {
    const text = 'Content-Length is missing on a stream transport (RFC 3261 §20.14).'
    this.#found.set('missing-content-length', { reason: 'missing-content-length', text, severity: 'invalid' })
  }

  list(): readonly SipAnomaly[] {
    return this.#found.size === 0 ? NONE : [...this.#found.values()]
  }
}

const NONE: readonly SipAnomaly[] = Object.freeze([])
