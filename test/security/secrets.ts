import { inflateRawSync } from 'node:zlib'

/** Material that may be seen nowhere, by a name that a failing test may say. */
export interface Secret {
  readonly name: string
  readonly octets: Uint8Array
}

/** Octets that are looked for together: a part of a key is a leak too. */
const PART = 8
/** What is cut off a stretch of base64, since octets beside it change it. */
const EDGE = 2

/** Wherever a part of a secret is seen, whatever form it has there: the secret's name, the form and the part's place in it. */
export function seenOf(secrets: readonly Secret[], text: Buffer): string[] {
  const plain = `${text.toString('latin1')}\n${blocksOf(text)}`
  const lower = plain.toLowerCase()
  // JSON, arrays and dumps have white space and commas between octets, each in its own way.
  const dense = lower.replace(/[\s,:_-]+|0x|\\x|%|\\u00|\\/g, ' ')
  const tight = dense.replaceAll(' ', '')
  const seen: string[] = []
  for (const { name, octets } of secrets) {
    for (let at = 0; at + PART <= octets.length; at += PART / 2) {
      const part = Buffer.from(octets.subarray(at, at + PART))
      const hex = part.toString('hex')
      const forms: Readonly<Record<string, boolean>> = {
        raw: plain.includes(part.toString('latin1')),
        // What is read as UTF-8 and written again.
        'UTF-8': plain.includes(Buffer.from(part.toString('latin1')).toString('latin1')),
        hex: tight.includes(hex),
        decimal: dense.includes([...part].join(' ')) || dense.includes([...new Int8Array(part)].join(' ')),
        base64: base64Of(octets, at).some((form) => plain.includes(form)),
      }
      for (const [form, found] of Object.entries(forms)) if (found) seen.push(`${name}: ${form} from octet ${at} on`)
    }
  }
  return seen
}

/** What base64 makes of a part of the octets at any of its three alignments, in both alphabets. */
function base64Of(octets: Uint8Array, at: number): string[] {
  const part = Buffer.from(octets.subarray(at, at + PART + EDGE))
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), part])
      .toString('base64')
      .replace(/=+$/, '')
    const inner = text.slice(Math.ceil((before * 4) / 3), -EDGE)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

/** The data of a page is compressed in it. */
function blocksOf(text: Buffer): string {
  const blocks = text.toString('latin1').matchAll(/<script type="text\/plain" id="[^"]+">([^<]*)<\/script>/g)
  return [...blocks].map(([, data]) => inflateRawSync(Buffer.from(data, 'base64')).toString('latin1')).join('\n')
}
