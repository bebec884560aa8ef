import { type AnomalyList, isSingleHeader } from './anomalies.ts'
import { checkContactExpires, checkHeader } from './header-checks.ts'
import { MOST_VALUES, splitValues } from './list-values.ts'
import { parseMediaType } from './media-type.ts'
import type { Draft, HeaderField, SipMessage } from './message.ts'
import { type NameAddress, parseNameAddress } from './name-address.ts'
import { parseReason, parseReplaces } from './reason-header.ts'
import { parseCSeq, parseRAck, parseRSeq } from './sequence.ts'
import { hasWhiteSpace, parseDecimal } from './token.ts'
import { parseVia } from './via.ts'

type Reader = (draft: Draft<SipMessage>, value: string, anomalies: AnomalyList) => void

/** What is done with a header's value. Singletons: only their first value gets here. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['call-id', readCallId],
  ['cseq', readCSeq],
  ['from', readFrom],
  ['to', readTo],
  ['via', (draft, value, anomalies) => appendValues(draft, 'via', value, parseVia, anomalies)],
  ['contact', readContact],
  ['route', (draft, value, anomalies) => appendValues(draft, 'route', value, parseNameAddress, anomalies)],
  ['record-route', (draft, value, anomalies) => appendValues(draft, 'recordRoute', value, parseNameAddress, anomalies)],
  ['rack', readRAck],
  ['rseq', readRSeq],
  ['content-type', readContentType],
  ['content-length', readContentLength],
  ['user-agent', readUserAgent],
  ['server', readServer],
  ['session-id', readSessionId],
  ['replaces', readReplaces],
  ['reason', (draft, value, anomalies) => appendValues(draft, 'reasons', value, parseReason, anomalies)],
])

/**
 * Reads the header fields that the model needs into a message under construction, whose lists are fresh arrays, and
 * states what is wrong with them and with others. Returns the names that are present.
 */
export function readHeaders(
  draft: Draft<SipMessage>,
  headers: readonly HeaderField[],
  anomalies: AnomalyList,
): ReadonlySet<string> {
  const present = new Set<string>()
  for (const [name, value] of headers) {
    if (present.has(name) && isSingleHeader(name)) {
      anomalies.addRepeated(name)
      continue
    }
    present.add(name)
    READERS.get(name)?.(draft, value, anomalies)
    checkHeader(name, value, anomalies)
  }
  return present
}

type ListName = 'via' | 'contact' | 'route' | 'recordRoute' | 'reasons'

/** Adds the values of one header line to a list of the draft, which is a fresh array of this parse. */
function appendValues<Name extends ListName>(
  draft: Draft<SipMessage>,
  name: Name,
  text: string,
  parse: (value: string, anomalies: AnomalyList) => SipMessage[Name][number] | undefined,
  anomalies: AnomalyList,
): void {
  const list = draft[name] as SipMessage[Name][number][]
  for (const value of splitValues(text, anomalies)) {
    if (list.length >= MOST_VALUES) {
      anomalies.add('values-over-limit')
      return
    }
    const parsed = parse(value, anomalies)
    if (parsed !== undefined) list.push(parsed)
  }
}

function readFrom(draft: Draft<SipMessage>, value: string, anomalies: AnomalyList): void {
  const from = parseNameAddress(value, anomalies)
  if (from !== undefined) draft.from = from
}

function readTo(draft: Draft<SipMessage>, value: string, anomalies: AnomalyList): void {
  const to = parseNameAddress(value, anomalies)
  if (to !== undefined) draft.to = to
}

function readRAck(draft: Draft<SipMessage>, value: string, anomalies: AnomalyList): void {
  const rack = parseRAck(value, anomalies)
  if (rack !== undefined) draft.rack = rack
}

function readRSeq(draft: Draft<SipMessage>, value: string, anomalies: AnomalyList): void {
  const rseq = parseRSeq(value, anomalies)
  if (rseq !== undefined) draft.rseq = rseq
}

function readReplaces(draft: Draft<SipMessage>, value: string, anomalies: AnomalyList): void {
  const replaces = parseReplaces(value, anomalies)
  if (replaces !== undefined) draft.replaces = replaces
}

function readUserAgent(draft: Draft<SipMessage>, value: string): void {
  draft.userAgent = value
}

function readServer(draft: Draft<SipMessage>, value: string): void {
  draft.server = value
}

function readSessionId(draft: Draft<SipMessage>, value: string): void {
  draft.sessionId = value
}

function readCallId(draft: Draft<SipMessage>, value: string, anomalies: AnomalyList): void {
  if (value === '' || hasWhiteSpace(value)) anomalies.add('call-id-malformed')
  draft.callId = value
}

function readCSeq(draft: Draft<SipMessage>, value: string, anomalies: AnomalyList): void {
  const parsed = parseCSeq(value, anomalies)
  if (parsed === undefined) return
  if (parsed.cseq !== undefined) draft.cseq = parsed.cseq
  if (draft.kind === 'response') draft.method = parsed.method
  else if (parsed.method !== draft.method) anomalies.add('cseq-method-mismatch')
}

function readContact(draft: Draft<SipMessage>, value: string, anomalies: AnomalyList): void {
  if (value === '*') {
    draft.contactIsWildcard = true
    return
  }
  appendValues(draft, 'contact', value, contactAddress, anomalies)
}

function contactAddress(value: string, anomalies: AnomalyList): NameAddress | undefined {
  const contact = parseNameAddress(value, anomalies)
  checkContactExpires(contact?.params.get('expires'), anomalies)
  return contact
}

function readContentType(draft: Draft<SipMessage>, value: string, anomalies: AnomalyList): void {
  const { type, params } = parseMediaType(value, anomalies)
  draft.contentType = type
  draft.contentTypeParams = params
}

function readContentLength(draft: Draft<SipMessage>, value: string, anomalies: AnomalyList): void {
  const length = parseDecimal(value)
  if (length === undefined || !Number.isFinite(length)) anomalies.add('content-length-malformed')
  else draft.contentLength = length
}
