import { isPackName } from '../../policy/pack-names.ts'
import { type FieldKind, kindOf } from './fields.ts'
import type { KnownOriginals } from './known-originals.ts'
import type { Names } from './names.ts'
import type { Parties } from './parties.ts'
import type { SdpLines } from './sdp-lines.ts'
import type { Texts } from './texts.ts'

export interface Replacing {
  readonly parties: Parties
  readonly names: Names
  readonly texts: Texts
  readonly sdp: SdpLines
}

/** `AES_CM_128_HMAC_SHA1_80`, `telephone-event/8000 (101)`: what is written otherwise is no name of a kind. */
const TERM = /^[\w.+\-/ (),=|:]{1,100}$/

/** Names a key without telling it, in eight hexadecimal digits. */
const KEY_FINGERPRINT = /^[0-9a-f]{8}$/

/** Replaces the members of an object by what they are, and of those inside it. */
export class Members {
  readonly #kinds: Readonly<Record<Exclude<FieldKind, 'plain'>, (text: string) => string>>
  readonly #texts: Texts

  constructor({ parties, names, texts, sdp }: Replacing) {
    this.#texts = texts
    this.#kinds = {
      party: parties.replaced,
      place: parties.place,
      'call-id': names.callId,
      path: names.path,
      policy: (text) => (isPackName(text) || text === 'default' ? text : names.path(text)),
      'distinguished-name': names.distinguished,
      digest: names.digest,
      fingerprint: (text) => (KEY_FINGERPRINT.test(text) ? text : texts.replaced(text)),
      label: names.label,
      term: (text) => (TERM.test(text) ? texts.replaced(text) : names.label(text)),
      warning: (text) => warning(text, parties),
      phrase: () => '…',
      sdp: (text) => sdp.replaced(text),
    }
  }

  /** Notes what stands in members of its own, for the prose beside it. */
  note(value: unknown, known: KnownOriginals, name = ''): void {
    if (kindOf(name) === 'plain') return
    if (typeof value === 'number') known.noteOurs(value)
    else if (typeof value === 'string') {
      const kind = kindOf(name)
      if (kind === 'fingerprint' && KEY_FINGERPRINT.test(value)) known.noteOurs(value)
      else if (kind !== undefined && kind !== 'plain' && kind !== 'sdp') known.note(value, this.#kinds[kind](value))
    } else if (Array.isArray(value)) for (const one of value) this.note(one, known, name)
    else if (typeof value === 'object' && value !== null)
      for (const [member, one] of Object.entries(value)) this.note(one, known, member)
  }

  replaced<T>(value: T, known: KnownOriginals, name = ''): T {
    if (kindOf(name) === 'plain') return value
    if (typeof value === 'string') return this.#text(value, known, name) as T
    if (Array.isArray(value)) return value.map((one) => this.replaced(one, known, name)) as T
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([member, one]) => [member, this.replaced(one, known, member)]),
    ) as T
  }

  #text(text: string, known: KnownOriginals, name: string): string {
    const kind = kindOf(name)
    if (kind === 'plain') return text
    return kind === undefined ? this.#texts.replaced(text, known) : this.#kinds[kind](text)
  }
}

/** `304 sbc.example.com "Media type not available"` (RFC 3261 §20.43): what somebody wrote is left out, the code says it. */
function warning(text: string, parties: Parties): string {
  const [, code, agent] = /^(\d{3})\s+([^\s"]+)/.exec(text) ?? []
  return code === undefined ? '"…"' : `${code} ${parties.place(agent)} "…"`
}
