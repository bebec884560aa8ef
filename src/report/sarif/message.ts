import type { Message } from 'sarif'
import { escapeText } from '../escape.ts'

/**
 * Text as the message of a SARIF log: braces stand for themselves twice (SARIF 2.1.0 §3.11.5), and nothing from the wire
 * becomes a link (§3.11.6).
 */
export function messageText(text: string): string {
  return text.replaceAll('{', '{{').replaceAll('}', '}}').replaceAll('](', ']\\(')
}

/** Lines that may hold text from the wire. */
export function messageOf(...lines: readonly string[]): Message & { text: string } {
  return { text: lines.map((line) => messageText(escapeText(line))).join('\n') }
}
