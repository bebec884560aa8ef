import { CHALLENGES } from '../../sip/challenges.ts'

export type RefusalKind = 'admission' | 'request' | 'loop' | 'server'

/** What a status says about why a trunk does not take a call. */
export interface RefusalStatus {
  readonly kind: RefusalKind
  /** A sentence. */
  readonly why: string
  readonly remedy: string
}

const admission = (why: string, remedy: string): RefusalStatus => ({ kind: 'admission', why, remedy })
const request = (why: string, remedy: string): RefusalStatus => ({ kind: 'request', why, remedy })
const server = (why: string, remedy: string): RefusalStatus => ({ kind: 'server', why, remedy })

const CREDENTIALS = admission(
  'It asks for credentials.',
  'Give the trunk user name, password and realm that the refusing side knows, or have it admit this host by its address.',
)
const LOOP = {
  kind: 'loop',
  remedy:
    'Follow the route of the called number from host to host: one of them sends it back. Mend its routing table or dial plan.',
} as const
const OUT_OF_ORDER =
  'Look at the log of the refusing side: whether it is overloaded, restarts, or finds no route for the number.'

/** Statuses that a caller answers with another INVITE (RFC 3261 §22, RFC 4028 §7.3). */
export const ASKS_AGAIN: ReadonlySet<number> = new Set([...CHALLENGES, 422])

/** Of Q.850: what is about the number that is called or its subscriber, under whatever status (RFC 3398 §7.2.4.1). */
export const CAUSES_OF_CALLEE: ReadonlySet<number> = new Set([1, 17, 18, 19, 20, 22, 27, 28])

/**
 * Statuses by which a host says that it does not take a call for what it is or where it comes from, or that it cannot (RFC 3261 §21).
 * What is about the callee (404, 480, 486, 603 and the like) is no fault of a trunk; `call-refused-for-media` speaks of 415, 488 and 606.
 */
export const REFUSAL_STATUSES: ReadonlyMap<number, RefusalStatus> = new Map([
  [
    400,
    request(
      'It does not understand the request.',
      'Compare the headers of the INVITE with what the refusing side expects; its log names what it cannot read. Switch SIP ALG off.',
    ),
  ],
  [401, CREDENTIALS],
  [
    403,
    admission(
      'It understands the call and does not admit it: the address it comes from, the caller, or the number.',
      'Compare with what the refusing side admits: the address that it sees (behind a NAT the public one), the host names in From, Contact and ' +
        'Request-URI, the caller’s number and the destination; its log says which.',
    ),
  ],
  [407, CREDENTIALS],
  [
    408,
    server(
      'It waited in vain for somebody behind it.',
      'Look whom the refusing side asked: the hop behind it did not answer in time.',
    ),
  ],
  [
    416,
    request(
      'It does not know the scheme of the Request-URI.',
      'Use sip: (with transport=tls) in place of sips: or tel:, or have the other side take that scheme.',
    ),
  ],
  [
    420,
    request(
      'It does not know an extension that the INVITE requires (its Unsupported names it).',
      'Take the extension out of Require (100rel, timer, …), or switch it on at the refusing side.',
    ),
  ],
  [
    421,
    request(
      'It requires an extension that the INVITE does not support (its Require names it).',
      'Switch the extension on at the caller (100rel, timer, …), or make it optional at the refusing side.',
    ),
  ],
  [
    422,
    request(
      'The session interval is smaller than it takes (its Min-SE says how long), and the caller does not try again.',
      'Raise Session-Expires of the caller to the Min-SE of the refusing side, or have the caller try again with it (RFC 4028 §7.3).',
    ),
  ],
  [
    481,
    request(
      'It does not know the call: a dialog that the INVITE names, in Replaces or else, is not there.',
      'Look whether the dialog lives on another node: after a failover, or behind a load balancer that does not keep a call on one.',
    ),
  ],
  [482, { ...LOOP, why: 'The request came back to it (loop).' }],
  [483, { ...LOOP, why: 'Max-Forwards is used up: most likely a loop of routes.' }],
  [500, server('It failed inside.', OUT_OF_ORDER)],
  [502, server('What it got from the hop behind it was of no use.', OUT_OF_ORDER)],
  [503, server('It cannot take calls now, or has no way to the number.', OUT_OF_ORDER)],
  [
    504,
    server(
      'A server behind it did not answer in time.',
      'Look whom the refusing side asked, DNS included: that did not answer in time.',
    ),
  ],
  [
    505,
    request(
      'It does not know the version of SIP.',
      'Look what changes the start line on the way: only SIP/2.0 is known.',
    ),
  ],
  [
    513,
    request(
      'The message is too large for it.',
      'Make the INVITE smaller (fewer codecs, crypto lines and headers), or raise the limit of the refusing side.',
    ),
  ],
])
