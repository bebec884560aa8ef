import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type KeyEntry, KeysError, parseKeys } from '../../src/srtp/keys-file.ts'
import { hexOf, octets } from './octets.ts'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const validate = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(
  JSON.parse(read('../../schemas/keys.schema.json')),
)

/** 30 octets: master key 00…0f, master salt 10…1d. */
const KEY_30 = Buffer.from([...Array(30).keys()])
const KEY_46 = Buffer.from([...Array(46).keys()])
const BASE64 = KEY_30.toString('base64')
const SUITE = 'AES_CM_128_HMAC_SHA1_80'
const ENTRY = { suite: SUITE, key: BASE64 }

const parse = (document: unknown) => parseKeys(JSON.stringify(document), 'keys.json')
const one = (entry: unknown): KeyEntry => {
  expect(validate({ keys: [entry] }), JSON.stringify(validate.errors)).toBe(true)
  const entries = parse({ keys: [entry] })
  expect(entries).toHaveLength(1)
  return entries[0]
}
const errorOf = (text: string): string => {
  try {
    parseKeys(text, 'keys.json')
  } catch (error) {
    expect(error).toBeInstanceOf(KeysError)
    expect(error).toMatchObject({ code: 'SRTP_SCAN_KEYS' })
    return (error as Error).message
  }
  throw new Error('no error')
}
const errorOfEntry = (entry: unknown) => errorOf(JSON.stringify({ keys: [ENTRY, entry] }))

describe('keys.json: the documents of the contract', () => {
  const document = {
    keys: [
      {
        ...ENTRY,
        callId: 'a@b',
        ssrc: '0x1234abcd',
        src: '192.0.2.1:4000',
        dst: '[2001:DB8::1]:5000',
        mki: '2a',
        mkiLength: 4,
        roc: 3,
        label: 'caller',
      },
      { crypto: `a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:${KEY_46.toString('base64')}|2^31|1:4` },
      { suite: 'AEAD_AES_128_GCM', masterKey: '00'.repeat(16), masterSalt: Buffer.alloc(12).toString('base64') },
      { cryptoSuite: 'AES_CM_128_HMAC_SHA1_32', keyBase64: BASE64 },
    ],
  }

  test('are valid by the schema, as an object and as a bare array', () => {
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true)
    expect(validate(document.keys)).toBe(true)
    expect(parse(document.keys).map(({ path, ...entry }) => entry)).toEqual(
      parse(document).map(({ path, ...entry }) => entry),
    )
  })

  test('give the keys with all their selectors', () => {
    const [first, second, third, fourth] = parse(document)
    expect(first).toMatchObject({
      callId: 'a@b',
      ssrc: 0x1234abcd,
      src: { address: '192.0.2.1', port: 4000 },
      dst: { address: '2001:db8::1', port: 5000 },
      roc: 3,
      label: 'caller',
      path: 'keys[0]',
    })
    expect(hexOf(first.master.masterKey)).toBe('000102030405060708090a0b0c0d0e0f')
    expect(hexOf(first.master.masterSalt)).toBe('101112131415161718191a1b1c1d')
    expect(first.master.mki).toEqual(octets('0000002a'))
    expect(second.master).toMatchObject({ suite: { name: 'AES_256_CM_HMAC_SHA1_80' }, mki: octets('00000001') })
    expect(hexOf(second.master.masterSalt)).toBe('202122232425262728292a2b2c2d')
    expect(third.master).toMatchObject({ masterKey: new Uint8Array(16), masterSalt: new Uint8Array(12) })
    expect(fourth.master.suite.name).toBe('AES_CM_128_HMAC_SHA1_32')
  })
})

describe('spellings', () => {
  test.each([
    ['base64', BASE64],
    ['base64 after inline:', `inline:${BASE64}`],
    ['hex', KEY_30.toString('hex')],
    ['hex in capitals', KEY_30.toString('hex').toUpperCase()],
  ])('key as %s', (_, key) =>
    expect(hexOf(one({ suite: SUITE, key }).master.masterKey)).toBe(hexOf(KEY_30.subarray(0, 16))),
  )

  test('base64 without its padding', () => {
    const key = KEY_46.toString('base64').replace(/=+$/, '')
    expect(key).toHaveLength(62)
    expect(hexOf(one({ suite: 'AES_256_CM_HMAC_SHA1_80', key }).master.masterSalt)).toBe(hexOf(KEY_46.subarray(32)))
  })

  test('digits of both hex and base64 are read as what has the right length', () => {
    const base64 = 'ab'.repeat(20)
    expect(hexOf(one({ suite: SUITE, key: base64 }).master.masterKey)).toBe(
      Buffer.from(base64, 'base64').subarray(0, 16).toString('hex'),
    )
    const hex = 'ab'.repeat(30)
    expect(hexOf(one({ suite: SUITE, key: hex }).master.masterKey)).toBe('ab'.repeat(16))
  })

  test('key and salt apart', () => {
    const entry = { suite: SUITE, key: hexOf(KEY_30.subarray(0, 16)), salt: hexOf(KEY_30.subarray(16)) }
    expect(one(entry).master).toEqual(one(ENTRY).master)
  })

  test.each([
    ['192.0.2.1', { address: '192.0.2.1' }],
    ['192.0.2.1:65535', { address: '192.0.2.1', port: 65535 }],
    ['2001:DB8:0::1', { address: '2001:db8::1' }],
    ['[2001:db8::1]', { address: '2001:db8::1' }],
    ['[2001:db8::1]:5004', { address: '2001:db8::1', port: 5004 }],
    ['2001:db8:1::10:20026', { address: '2001:db8:1::10', port: 20026 }],
    ['2001:db8::10:7078', { address: '2001:db8::10:7078', otherwise: { address: '2001:db8::10', port: 7078 } }],
  ])('src "%s"', (src, selector) => expect(one({ ...ENTRY, src }).src).toEqual(selector))

  test.each([
    [0x1234, 0x1234],
    ['0x1234', 0x1234],
    ['0xFFFFFFFF', 0xffffffff],
    [0, 0],
  ])('ssrc %s', (ssrc, value) => expect(one({ ...ENTRY, ssrc }).ssrc).toBe(value))

  test('mki without a length has the octets of its digits; a length alone leaves its value open', () => {
    expect(one({ ...ENTRY, mki: '0001' }).master.mki).toEqual(octets('0001'))
    expect(one({ ...ENTRY, mkiLength: 4 }).master).toMatchObject({ mkiLength: 4 })
    expect(one({ ...ENTRY, mkiLength: 4 }).master.mki).toBeUndefined()
  })

  test('RFC 4771: rcc, with the rate 1 where none is given', () => {
    expect(one({ ...ENTRY, rcc: 'mode2' }).master.parameters).toEqual({ rcc: { mode: 2, rate: 1 } })
    expect(one({ ...ENTRY, rcc: 'mode3', rccRate: 16 }).master.parameters).toEqual({ rcc: { mode: 3, rate: 16 } })
  })

  test('RFC 4568 §6.3: the session parameters of a crypto line hold; each inline: is a key', () => {
    const crypto = `2 ${SUITE} inline:${BASE64}|1:2;inline:${hexKey(1)}|2:2 KDR=3 UNAUTHENTICATED_SRTP`
    const entries = parse([{ crypto, label: 'both' }])
    expect(entries.map(({ master }) => hexOf(master.mki as Uint8Array))).toEqual(['0001', '0002'])
    for (const { master, label } of entries) {
      expect(master.parameters).toMatchObject({ kdr: 3, unauthenticatedSrtp: true, unencryptedSrtp: false })
      expect(label).toBe('both')
    }
  })

  test('a byte order mark and white space before the document', () => {
    expect(parseKeys(`\ufeff\n ${JSON.stringify([ENTRY])}`, 'keys.json')).toHaveLength(1)
  })

  test('a document without entries has none', () => expect(parse({ keys: [] })).toEqual([]))
})

function hexKey(octet: number): string {
  return Buffer.alloc(30, octet).toString('base64')
}

describe('errors name the entry and what would be right', () => {
  test.each([
    [{ suite: 'AES_256_CM_HMAC_SHA1_80', key: BASE64 }, 'keys[1].key: 30 octets, AES_256_CM_HMAC_SHA1_80 needs 46'],
    [{ suite: SUITE, key: KEY_46.toString('hex') }, `keys[1].key: 46 octets, ${SUITE} needs 30`],
    [{ suite: SUITE, key: '!' }, `keys[1].key: neither base64 nor hex; ${SUITE} needs 30 octets`],
    [{ suite: SUITE, key: `${BASE64}A` }, `keys[1].key: neither base64 nor hex; ${SUITE} needs 30 octets`],
    [{ suite: SUITE }, 'keys[1].key: missing'],
    [{ suite: SUITE, key: 7 }, 'keys[1].key: no text'],
    [{ key: BASE64 }, 'keys[1].suite: missing'],
    [
      { suite: 'AES_512_CM', key: BASE64 },
      'keys[1].suite: unknown suite AES_512_CM; known are AES_CM_128_HMAC_SHA1_80,',
    ],
    [{ suite: SUITE, masterKey: '00'.repeat(16) }, 'keys[1].masterSalt: missing'],
    [{ suite: SUITE, masterKey: BASE64, masterSalt: '00' }, `keys[1].masterKey: 30 octets, ${SUITE} needs 16`],
    [{ ...ENTRY, keyBase64: BASE64 }, 'keys[1].keyBase64: given beside key; one of them is needed'],
    [{ ...ENTRY, ssrc: '1234abcd' }, 'keys[1].ssrc: no SSRC;'],
    [{ ...ENTRY, ssrc: 2 ** 32 }, 'keys[1].ssrc: no SSRC;'],
    [{ ...ENTRY, src: 'example.com' }, 'keys[1].src: no address;'],
    [{ ...ENTRY, dst: '192.0.2.1:70000' }, 'keys[1].dst: no address;'],
    [{ ...ENTRY, dst: '192.0.2.300' }, 'keys[1].dst: no address;'],
    [{ ...ENTRY, mki: 'xyz' }, 'keys[1].mki: no hex;'],
    [{ ...ENTRY, mki: '010203', mkiLength: 2 }, 'keys[1].mki: 3 octets, mkiLength says 2'],
    [{ ...ENTRY, mkiLength: 129 }, 'keys[1].mkiLength: no length of an MKI; 1 to 128 octets'],
    [{ ...ENTRY, roc: -1 }, 'keys[1].roc: no rollover counter;'],
    [{ ...ENTRY, rcc: 'mode4' }, 'keys[1].rcc: no mode;'],
    [{ ...ENTRY, rccRate: 2 }, 'keys[1].rccRate: given without rcc'],
    [
      { suite: 'AEAD_AES_128_GCM', key: 'AA'.repeat(28), rcc: 'mode1' },
      'keys[1].rcc: AEAD_AES_128_GCM has no HMAC tag',
    ],
    [{ ...ENTRY, callid: 'x' }, 'keys[1].callid: unknown member; callId is meant'],
    [{ ...ENTRY, note: 'x' }, 'keys[1].note: unknown member; known are crypto, suite,'],
    [{ ...ENTRY, callId: '' }, 'keys[1].callId: no text;'],
    [{ crypto: `1 ${SUITE} inline:AAAA` }, `keys[1].crypto: the key has 3 octets, ${SUITE} needs 30`],
    [{ crypto: `1 ${SUITE} inline:` }, 'keys[1].crypto: the key behind inline: is not base64'],
    [{ crypto: `x ${SUITE} inline:${BASE64}` }, 'keys[1].crypto: no tag;'],
    [{ crypto: `1 ${SUITE} inline:${BASE64}`, suite: SUITE }, 'keys[1].suite: given beside crypto, whose line says it'],
    [{ crypto: `1 NEW_SUITE_80 inline:${BASE64}` }, 'keys[1].crypto: unknown suite NEW_SUITE_80;'],
    [7, 'keys[1]: no entry;'],
    [null, 'keys[1]: no entry;'],
    [ENTRY, 'keys[1]: the same key for the same streams as keys[0]'],
    [{ ...ENTRY, key: `inline:${BASE64}`, label: 'again' }, 'keys[1]: the same key for the same streams as keys[0]'],
  ])('%j', (entry, expected) => {
    const message = errorOfEntry(entry)
    expect(message.startsWith(`keys.json: ${expected}`), message).toBe(true)
    expect(message).not.toContain('\n')
  })

  test('the same key for other streams is no duplicate', () => {
    expect(parse([ENTRY, { ...ENTRY, ssrc: 1 }, { ...ENTRY, ssrc: 2 }, { ...ENTRY, src: '192.0.2.1' }])).toHaveLength(4)
  })

  test.each([
    [
      '[1].key of a bare array',
      JSON.stringify([ENTRY, { suite: SUITE, key: '00' }]),
      `[1].key: 1 octets, ${SUITE} needs 30`,
    ],
    ['a document that is no list', '{"entries": []}', 'entries: unknown member; the document holds "keys"'],
    ['keys that are no array', '{"keys": {}}', 'keys: no array of entries'],
    [
      'a comma too many',
      '{"keys": [\n  {"suite": "x",}\n]}',
      'line 2, column 17: no JSON; a member name in double quotes',
    ],
    ['a string that does not end', '[{"suite": "AES', 'line 1, column 12: no JSON; a string that ends'],
    ['something behind the document', '[]\n\n]', 'line 3, column 1: no JSON; the end of the file'],
    ['a bracket of the other kind', '[{"a": 1]', 'line 1, column 9: no JSON; "," or "}"'],
    ['a member without a value', '{"keys" []}', 'line 1, column 9: no JSON; ":"'],
    ['a control character in a string', '["a\u0001"]', 'line 1, column 2: no JSON; a string that ends'],
    ['a word', '[yes]', 'line 1, column 2: no JSON; a value'],
  ])('%s', (_, text, expected) => {
    const message = errorOf(text)
    expect(message.startsWith(`keys.json: ${expected}`), message).toBe(true)
  })

  test('no error shows a key, wherever it was put', () => {
    const secrets = [BASE64, KEY_30.toString('hex'), KEY_46.toString('base64'), `inline:${BASE64}`]
    const members = ['suite', 'key', 'masterKey', 'masterSalt', 'crypto', 'mki', 'ssrc', 'src', 'rcc', 'label', 'note']
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...members), fc.constantFrom(...secrets, SUITE, 1), { maxKeys: 5 }),
        fc.constantFrom('', ...secrets),
        fc.constantFrom('', ',', '"', '}'),
        (entry, name, broken) => {
          const text = JSON.stringify([name === '' ? entry : { ...entry, [name]: 1 }]) + broken
          try {
            parseKeys(text, 'keys.json')
          } catch (error) {
            expect(error).toBeInstanceOf(KeysError)
            for (const secret of secrets) expect((error as Error).message).not.toContain(secret.slice(7, 20))
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('text', () => {
  test('a=crypto: lines, blank lines and comments', () => {
    const text = `# from the phone\r\n\r\na=crypto:1 ${SUITE} inline:${BASE64}\r\n  crypto:2 ${SUITE} inline:${hexKey(2)}|2^20\n`
    const entries = parseKeys(text, 'keys.txt')
    expect(entries.map(({ path }) => path)).toEqual(['line 3', 'line 4'])
    expect(entries[0].master.suite.name).toBe(SUITE)
  })

  test('ssrc=… key=… [salt=…] [suite=…] lines', () => {
    const entries = parseKeys(
      [
        `ssrc=0x0000abcd key=${BASE64}`,
        `ssrc=77 key=${'00'.repeat(32)} salt=${'00'.repeat(14)} suite=AES_256_CM_HMAC_SHA1_32 roc=2 src=192.0.2.1:4`,
      ].join('\n'),
      'keys.txt',
    )
    expect(entries).toMatchObject([
      { ssrc: 0xabcd, master: { suite: { name: SUITE } } },
      { ssrc: 77, roc: 2, src: { port: 4 }, master: { suite: { name: 'AES_256_CM_HMAC_SHA1_32' } } },
    ])
  })

  test.each([
    ['', 'holds no keys;'],
    ['# only this\n', 'holds no keys;'],
    ['hello', 'line 1: no key; a line is'],
    [`\nkey=${BASE64} key=${BASE64}`, 'line 2: key: given twice'],
    ['ssrc=1 key=00', `line 1: key: 1 octets, ${SUITE} needs 30`],
    [`ssrc=1 key=${BASE64} __proto__=1`, 'line 1: a member with no name;'],
    [`a=crypto:1 ${SUITE} inline:AAAA`, `line 1: crypto: the key has 3 octets, ${SUITE} needs 30`],
  ])('%j is refused', (text, expected) => {
    const message = errorOf(text)
    expect(message.startsWith(`keys.json: ${expected}`), message).toBe(true)
  })
})

describe('any text', () => {
  const jsonLike = fc
    .json()
    .chain((text) =>
      fc
        .tuple(fc.nat(text.length), fc.nat(4), fc.constantFrom('', '"', '}', ']', ',', ':', '\\', '\n', 'x'))
        .map(([at, cut, inserted]) => text.slice(0, at) + inserted + text.slice(at + cut)),
    )

  test('is read, or refused with a KeysError; a place named lies in the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 60 }), jsonLike), (text) => {
        try {
          parseKeys(text, 'f')
        } catch (error) {
          expect(error).toBeInstanceOf(KeysError)
          const place = /^f: line (\d+), column (\d+): no JSON/.exec((error as Error).message)
          if (place === null) return
          const lines = text.split('\n')
          expect(Number(place[1])).toBeLessThanOrEqual(lines.length)
          expect(Number(place[2])).toBeLessThanOrEqual(lines[Number(place[1]) - 1].length + 1)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the schema agrees with the reader', () => {
  test('the sample keys', () => {
    const text = read('../../samples/keys.json')
    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true)
    expect(parseKeys(text, 'keys.json')).toHaveLength(JSON.parse(text).keys.length)
  })

  const value = fc.constantFrom<unknown>(
    SUITE,
    BASE64,
    '0x10',
    '192.0.2.1',
    'mode1',
    3,
    -1,
    '',
    null,
    KEY_30.toString('hex'),
  )
  const members = [
    'suite',
    'key',
    'masterKey',
    'masterSalt',
    'mki',
    'mkiLength',
    'ssrc',
    'src',
    'roc',
    'rcc',
    'rccRate',
    'label',
    'x',
  ]

  test('what is read is valid', () => {
    let seen = 0
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...members), value, { maxKeys: 4 }), (more) => {
        const document = [{ ...ENTRY, ...more }]
        try {
          parse(document)
        } catch {
          return
        }
        seen++
        expect(validate(document), JSON.stringify([document, validate.errors])).toBe(true)
      }),
      { numRuns: 1000 },
    )
    expect(seen).toBeGreaterThan(20)
  })
})

const SHARED = fileURLToPath(new URL('../../../shared/captures/', import.meta.url))
const shared = keyFilesOf(SHARED)

function keyFilesOf(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith('.keys.json'))
  } catch {
    return []
  }
}

if (shared.length > 0) {
  test.each(shared)('%s of ../shared/captures is read and valid', (name) => {
    const text = readFileSync(SHARED + name, 'utf8')
    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true)
    expect(parseKeys(text, name)).toHaveLength(JSON.parse(text).keys.length)
  })
} else {
  test('NOT RUN: no ../shared/captures here', () => expect(shared).toEqual([]))
}
