import { isLikeKey, replaceKeyLike, SUITE_WORD } from './like-key.ts'
import { isMaskedKey } from './masked-key.ts'
import { shownKey } from './shown-key.ts'
import { splitWords } from './words.ts'

/** Ceilings: what is beyond them is said, not shown. */
const MOST_LINES = 256
const MOST_CHARACTERS = 16_384
const LONGEST_LINE = 1024

/**
 * A session description for people, line by line as sent, but for every secret: that of a key is its fingerprint, of
 * others nothing but how long they are. A line that may hold a key and cannot be read says no more than its length.
 *
 * @param cut the capture does not hold all octets: a last line without its end is left out, half a key reads like a key
 */
export function shownLines(bytes: Uint8Array, cut: boolean): string[] {
  // Lines that are longer than shown are read whole, so that no secret is told apart by where it was cut.
  const sent = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString('utf8')
    .split(/\r\n|\n|\r/)
  const open = sent.pop() ?? ''
  if (open !== '' && !cut) sent.push(open)
  const shown: string[] = []
  let room = MOST_CHARACTERS
  for (const line of sent) {
    const text = shortened(shownLine(line))
    room -= text.length
    if (shown.length === MOST_LINES || room < 0) break
    shown.push(text)
  }
  const rest = sent.length - shown.length
  if (rest > 0) shown.push(`[${rest} more ${rest === 1 ? 'line' : 'lines'}]`)
  if (cut) shown.push('[the capture does not hold the rest]')
  return shown
}

function shortened(line: string): string {
  const rest = line.length - LONGEST_LINE
  return rest > 0 ? `${line.slice(0, LONGEST_LINE)}[${characters(rest)} more]` : line
}

/** One line, without what is secret in it. */
export function shownLine(line: string): string {
  if (line === '') return ''
  // A line that was folded, or whose type is odd, may be a part of one that holds a key.
  if (!/^[a-z]=/.test(line)) return `[${characters(line.length)}, not <type>=<value>]`
  const [type, value] = [line[0], line.slice(2)]
  if (type === 'a') return `a=${shownAttribute(value)}`
  if (type === 'k') return `k=${shownKeyField(value)}`
  return `${type}=${shownText(value)}`
}

/** RFC 8866 §5.12 has no more use for k=; `prompt` alone holds no key. */
function shownKeyField(value: string): string {
  const colon = value.indexOf(':')
  const method = (colon < 0 ? value : value.slice(0, colon)).trim()
  if (!/^(clear|base64|uri|prompt)$/i.test(method)) return hidden(value)
  return colon < 0 ? method : `${method}:${hidden(value.slice(colon + 1))}`
}

/** Attributes whose value is a secret, or a message that carries one (RFC 8839 §5.4, RFC 4567 §3.1). */
const SECRET = /pwd|passw|secret|token|key|mikey|crypt|inline/i
/** Attributes that say long words, none of which is secret. */
const PUBLIC: ReadonlySet<string> = new Set([
  ...['fingerprint', 'fmtp', 'rtpmap', 'ssrc', 'ssrc-group', 'msid', 'msid-semantic', 'zrtp-hash', 'ice-ufrag'],
  ...['tls-id', 'extmap', 'group', 'mid', 'label', 'cname', 'rtcp-fb', 'identity'],
])

function shownAttribute(text: string): string {
  if (/^\s/.test(text)) return ` ${shownAttribute(text.trimStart())}`
  // `crypto 1 …` lacks its colon; what follows the name is its value all the same.
  const end = text.search(/[:\s]/)
  if (end < 0) return SECRET.test(text) && !/^[a-z-]{1,19}$/i.test(text) ? hidden(text) : shownText(text)
  const [name, separator, value] = [text.slice(0, end), text[end], text.slice(end + 1)]
  if (!/^[\w.-]{1,32}$/.test(name) || isLikeKey(name)) return hidden(text)
  const known = name.toLowerCase()
  const mayHoldCrypto = /crypto|inline/i.test(text)
  if (known === 'key-mgmt') return `${name}${separator}${shownKeyManagement(value)}`
  if (mayHoldCrypto) return name + separator + shownCrypto(value)
  if (PUBLIC.has(known)) return text
  return name + separator + (SECRET.test(name) ? hidden(value) : shownText(value))
}

/** `mikey AtAFgX…`: the protocol's name, and how long its message is. */
function shownKeyManagement(value: string): string {
  const [protocol = '', ...message] = splitWords(value)
  if (!/^[a-z][a-z0-9-]{0,15}$/i.test(protocol)) return hidden(value)
  return message.length === 0 ? protocol : `${protocol} ${message.map(hidden).join(' ')}`
}

/** What RFC 4568 §6.3 lets stand behind the keys, and is no key; and what names a capability (RFC 5939 §3.3.1). */
const PLAIN_WORD =
  /^(-?(KDR=\d{1,2}|UNENCRYPTED_SRTP|UNENCRYPTED_SRTCP|UNAUTHENTICATED_SRTP|FEC_ORDER=(FEC_SRTP|SRTP_FEC)|WSH=\d{1,9})|a?crypto:\d{1,9})$/i
const PARAMETER_NAME = /^-?(KDR|FEC_ORDER|FEC_KEY|WSH)=/i

/**
 * `1 AES_CM_128_HMAC_SHA1_80 inline:…|2^31|1:4 KDR=1`: tag, suite, lifetime, MKI and session parameters stay as they are,
 * where they stand where they may. All other words are taken for keys.
 */
function shownCrypto(value: string): string {
  let place = 0
  return value.replace(/[^ \t]+/g, (word) => {
    const nth = place++
    if (nth === 0 && /^\d{1,15}$/.test(word)) return word
    if (PLAIN_WORD.test(word)) return word
    if (nth <= 2 && SUITE_WORD.test(word)) return word
    const [parameter] = PARAMETER_NAME.exec(word) ?? ['']
    return parameter + shownKeyParameters(word.slice(parameter.length))
  })
}

/** `inline:…|2^20|1:4;inline:…|2^20|2:4`, however much of it is there. */
function shownKeyParameters(word: string): string {
  return word
    .split(';')
    .map((parameter) => {
      const [method] = /^inline:?/i.exec(parameter) ?? ['']
      // Base64 has no `^`: where the separator before `2^n` was forgotten, the key ends there.
      const [key, ...fields] = parameter.slice(method.length).split(/\||(?<=[^|])(?=2\^\d)/)
      const bars = parameter.slice(method.length + key.length)
      return method + (key === '' ? '' : shownInline(key)) + shownFields(bars, fields)
    })
    .join(';')
}

function shownInline(key: string): string {
  return isMaskedKey(key) ? `[masked, ${characters(key.length)}]` : shownKey(key)
}

/** Lifetime (`2^31` or packets) and MKI (`1:4`), each behind its bar. */
function shownFields(text: string, fields: readonly string[]): string {
  let at = 0
  return fields
    .map((field) => {
      const bar = text[at] === '|' ? '|' : ''
      at += bar.length + field.length
      return bar + (field === '' || /^(2\^\d{1,2}|\d{1,20}|\d{1,40}:\d{1,3})$/.test(field) ? field : shownKey(field))
    })
    .join('')
}

/** Text where no key has its place, all the same without words that look like one. */
function shownText(text: string): string {
  if (/inline/i.test(text)) return shownCrypto(text)
  return replaceKeyLike(text, shownKey)
}

function hidden(text: string): string {
  return `[${characters(text.length)}]`
}

function characters(n: number): string {
  return `${n} ${n === 1 ? 'character' : 'characters'}`
}
