import type { SipMessage } from '../../src/sip/message.ts'
import { type ParseOptions, parseSip } from '../../src/sip/parse.ts'

/** Lines joined by CRLF, as octets. */
export function octets(...lines: readonly string[]): Uint8Array {
  return Buffer.from(lines.join('\r\n'), 'utf8')
}

/** A complete INVITE without body; `extra` lines stand before the empty line, `body` after it. */
export function invite(extra: readonly string[] = [], body = ''): Uint8Array {
  return octets(
    'INVITE sip:bob@example.com SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1',
    'Max-Forwards: 70',
    'From: <sip:alice@example.com>;tag=a',
    'To: <sip:bob@example.com>',
    'Call-ID: 1@192.0.2.1',
    'CSeq: 1 INVITE',
    'Contact: <sip:alice@192.0.2.1>',
    ...extra,
    '',
    body,
  )
}

/** Parses octets that are known to be SIP. */
export function parsed(bytes: Uint8Array, options?: ParseOptions): SipMessage {
  const message = parseSip(bytes, 0, bytes.length, options)
  if (message.kind === 'malformed') throw new Error(message.text)
  return message
}

export function reasons(message: SipMessage): readonly string[] {
  return message.anomalies.map(({ reason }) => reason)
}
