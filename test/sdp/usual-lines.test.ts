import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCryptoLine } from '../../src/sdp/crypto-line.ts'
import { OnceLine, onceRole, Role } from '../../src/sdp/line-cache.ts'
import { parseMediaLine, readMediaLine } from '../../src/sdp/media-line.ts'
import { usualCryptoLine, usualMediaLine, usualOrigin } from '../../src/sdp/usual-lines.ts'
import { countWords, lastWord } from '../../src/sdp/words.ts'

const KEY = 'wrqItP4QB2RFCf5xcESKwrb5BxNqnzmdaZvnwYFI'

/** A line with others around it, as it stands in a message. */
function lineOf(text: string): OnceLine {
  const before = 's=-\r\n'
  const octets = Buffer.from(`${before}${text}\r\na=sendrecv\r\n`)
  const end = before.length + Buffer.byteLength(text)
  return new OnceLine(octets, before.length, end, onceRole(octets, before.length) ?? Role.None)
}

/** Lines in which octets were put in, taken out or replaced by those that matter somewhere. */
const changed = (...lines: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom(...lines),
      fc.array(
        fc.record({
          at: fc.nat(120),
          gone: fc.nat(2),
          text: fc.constantFrom(
            '',
            ' ',
            '\t',
            '  ',
            '=',
            '|',
            ':',
            '/',
            '0',
            'A',
            '-',
            'é',
            '\u00a0',
            '\x7f',
            '\x0b',
            '|2^31',
          ),
        }),
        { maxLength: 3 },
      ),
    )
    .map(([line, changes]) =>
      changes.reduce((text, { at, gone, text: put }) => {
        const place = Math.max(2, at % (text.length + 1))
        return text.slice(0, place) + put + text.slice(place + gone)
      }, line),
    )

const ORIGIN = 'o=- 3724394400 1 IN IP4 203.0.113.1'
const MEDIA = 'm=audio 49170 RTP/SAVP 0 8 101'
const CRYPTO = `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}`

describe('lines read from their octets say what their texts say', () => {
  it('RFC 8866 §5.2: o=', () => {
    expect(usualOrigin(lineOf(ORIGIN))).toBe('203.0.113.1')
    fc.assert(
      fc.property(changed(ORIGIN, 'o=jdoe 2890844526 2890842807 IN IP6 2001:db8::1', 'o=a b c d e'), (text) => {
        const line = lineOf(text)
        const usual = usualOrigin(line)
        if (usual === undefined) return
        expect(countWords(line.value)).toBeGreaterThanOrEqual(6)
        expect(usual).toBe(lastWord(line.value))
      }),
    )
  })

  it('RFC 8866 §5.14: m=', () => {
    expect(usualMediaLine(lineOf(MEDIA))).toEqual(['audio', 49170, 'RTP/SAVP 0 8 101'])
    fc.assert(
      fc.property(
        changed(MEDIA, 'm=video 0 RTP/AVP 96', 'm=audio 65536 RTP/AVP 0', 'm=audio 4/2 RTP/AVP 0'),
        (text) => {
          const line = lineOf(text)
          expect(readMediaLine(line)).toEqual(parseMediaLine(line.value))
        },
      ),
    )
  })

  it('RFC 4568 §9.2: a=crypto', () => {
    expect(usualCryptoLine(lineOf(CRYPTO))).toEqual(parseCryptoLine(CRYPTO.slice('a=crypto:'.length)))
    fc.assert(
      fc.property(
        changed(
          CRYPTO,
          `a=crypto:123456789 AEAD_AES_256_GCM inline:${KEY}AAAA==`,
          `a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:${KEY.slice(0, 39)}=`,
          'a=crypto:3 F8_128_HMAC_SHA1_80 inline:',
        ),
        (text) => {
          const line = lineOf(text)
          const usual = line.role === Role.Crypto ? usualCryptoLine(line) : undefined
          if (usual === undefined) return
          const read = parseCryptoLine(line.attribute)
          expect({ ...usual, keys: usual.keys.map(({ keyBytes }) => keyBytes) }).toEqual({
            ...read,
            keys: read.keys.map(({ keyBytes }) => keyBytes),
          })
          expect(read.problem).toBeUndefined()
        },
      ),
    )
  })

  it('a line without its end in what was captured is read no further than it goes', () => {
    const octets = Buffer.from('a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:')
    for (let end = 9; end <= octets.length; end++) {
      expect(usualCryptoLine(new OnceLine(octets, 0, end, Role.Crypto))).toBeUndefined()
    }
  })
})
