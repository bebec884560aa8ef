import { isDeepStrictEqual } from 'node:util'
import { IndexedMessage } from '../../src/sip/indexed-message.ts'
import { factsOf, type MessageFacts } from '../../src/sip/message-facts.ts'
import { MessageReader } from '../../src/sip/message-reader.ts'
import { type ParseOptions, parseSip } from '../../src/sip/parse.ts'

const FIELDS = [
  ...['kind', 'method', 'status', 'callId', 'cseq', 'branch', 'hops', 'from', 'to', 'fromTag', 'toTag', 'requestUri'],
  ...[
    'contact',
    'product',
    'credentials',
    'challenge',
    'sessionId',
    'sessionExpires',
    'reasonPhrase',
    'reason',
    'warning',
    'accept',
    'rseq',
    'rack',
    'contentType',
    'bodyLength',
    'parts',
    'truncated',
    'anomalies',
  ],
] as const satisfies readonly (keyof MessageFacts)[]

export function listed(facts: MessageFacts): unknown {
  const { parts, ...rest } = Object.fromEntries(FIELDS.map((field) => [field, facts[field]]))
  const bodies = (parts as MessageFacts['parts']).map(({ bytes, ...part }) => ({ ...part, octets: [...bytes] }))
  return { ...rest, bodies }
}

/** Octets read by the index and by the parser, which have to find the same. */
export interface BothReadings {
  readonly read: unknown
  readonly parsed: unknown
  readonly same: boolean
  /** The index alone was enough. */
  readonly indexed: boolean
}

export function readBothWays(bytes: Uint8Array, options: ParseOptions = {}): BothReadings {
  const read = new MessageReader().read(bytes, options)
  const parsed = parseSip(bytes, 0, bytes.length, options)
  if (read.kind === 'malformed' || parsed.kind === 'malformed') {
    return { read, parsed, same: isDeepStrictEqual(read, parsed), indexed: false }
  }
  const [one, other] = [listed(read), listed(factsOf(parsed))]
  return { read: one, parsed: other, same: isDeepStrictEqual(one, other), indexed: read instanceof IndexedMessage }
}
