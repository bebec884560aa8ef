import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCryptoLine } from '../../src/sdp/crypto-line.ts'
import { isMaskedKey } from '../../src/sdp/masked-key.ts'

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1')

describe('a=crypto (RFC 4568)', () => {
  it('§6.1: key, lifetime as a power of two, MKI', () => {
    const line = parseCryptoLine('1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4')
    expect(line.tag).toBe(1)
    expect(line.suite).toBe('AES_CM_128_HMAC_SHA1_80')
    expect(line.problem).toBeUndefined()
    expect(line.keys).toHaveLength(1)
    expect(text(line.keys[0].keyBytes)).toBe('wDfvg&T+)xG7@fb5jU,RaA}\\|p0%*#')
    expect(line.keys[0].lifetime).toBe(1_048_576)
    expect(line.keys[0].mki).toEqual({ value: Uint8Array.of(0, 0, 0, 1), length: 4 })
  })

  it('§4.1, §6: two keys in one line, told apart by their MKIs, and a session parameter', () => {
    const line = parseCryptoLine(
      '2 F8_128_HMAC_SHA1_80 ' +
        'inline:MTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5QUJjZGVm|2^20|1:4;' +
        'inline:QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5|2^20|2:4 FEC_ORDER=FEC_SRTP',
    )
    expect(line.keys.map(({ keyBytes }) => text(keyBytes))).toEqual([
      '123456789ABCDE0123456789ABcdef',
      'ABcdef123456789ABCDE0123456789',
    ])
    expect(line.keys.map(({ mki }) => mki?.value.at(-1))).toEqual([1, 2])
    expect(line.sessionParameters.fecOrder).toBe('FEC_SRTP')
    expect(line.problem).toBeUndefined()
  })

  it.each([
    ['2^31', 2 ** 31],
    ['2^48', 2 ** 48],
    ['1024', 1024],
    ['2147483648', 2 ** 31],
  ])('§6.1: lifetime %s', (lifetime, packets) => {
    expect(parseCryptoLine(`1 X inline:MTIz|${lifetime}`).keys[0].lifetime).toBe(packets)
    expect(parseCryptoLine(`1 X inline:MTIz|${lifetime}|1:1`).keys[0].lifetime).toBe(packets)
  })

  it('§6.1: an MKI without a lifetime, and one that does not fit its length', () => {
    const { keys } = parseCryptoLine('1 X inline:MTIz|258:2;inline:MTIz|256:1;inline:MTIz|1:129;inline:MTIz|1:0')
    expect(keys.map(({ mki }) => mki && [...mki.value])).toEqual([[1, 2], undefined, undefined, undefined])
    expect(keys.every(({ lifetime }) => lifetime === undefined)).toBe(true)
  })

  it('§6.3: all session parameters of a line, not only the first', () => {
    const { sessionParameters } = parseCryptoLine(
      '1 AES_CM_128_HMAC_SHA1_80 inline:MTIz KDR=24 UNENCRYPTED_SRTP UNENCRYPTED_SRTCP UNAUTHENTICATED_SRTP ' +
        'FEC_ORDER=SRTP_FEC WSH=60 -FUTURE',
    )
    expect(sessionParameters).toEqual({
      kdr: 24,
      unencryptedSrtp: true,
      unencryptedSrtcp: true,
      unauthenticatedSrtp: true,
      fecOrder: 'SRTP_FEC',
      wsh: 60,
      raw: [
        'KDR=24',
        'UNENCRYPTED_SRTP',
        'UNENCRYPTED_SRTCP',
        'UNAUTHENTICATED_SRTP',
        'FEC_ORDER=SRTP_FEC',
        'WSH=60',
        '-FUTURE',
      ],
    })
  })

  it('§6.3: values out of range are no values', () => {
    const { sessionParameters } = parseCryptoLine('1 X inline:MTIz KDR=25 WSH=many FEC_ORDER=NONE')
    expect(sessionParameters.kdr).toBeUndefined()
    expect(sessionParameters.wsh).toBeUndefined()
    expect(sessionParameters.fecOrder).toBeUndefined()
  })

  it('§6.3.5: the keys of FEC_KEY, and keys in the wrong place, are not kept as text', () => {
    const key = 'd0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj'
    const line = parseCryptoLine(`1 X inline:MTIz FEC_KEY=inline:${key} X-KEY=${key} ${key} inline:${key}|2^20`)
    expect(JSON.stringify(line)).not.toContain(key)
    expect(line.sessionParameters.raw).toEqual(['FEC_KEY=…', 'X-KEY=…', '(unreadable)', '(unreadable)'])
  })

  it.each([
    ['without its padding', 'MTIzNA', '1234'],
    ['with padding', 'MTIzNA==', '1234'],
    ['with one sign of padding too few', 'MTIzNA=', '1234'],
  ])('tolerates base64 %s', (_, base64, decoded) => {
    expect(text(parseCryptoLine(`1 X inline:${base64}|2^20`).keys[0].keyBytes)).toBe(decoded)
  })

  it('tolerates upper case, white space after separators, and a missing bar before the lifetime', () => {
    for (const value of ['1 X INLINE:MTIz|2^20', '1\tX  inline: MTIz|2^20', ' 1 X Inline:MTIz2^20']) {
      const { keys, problem } = parseCryptoLine(value)
      expect(problem, value).toBeUndefined()
      expect(text(keys[0].keyBytes), value).toBe('123')
      expect(keys[0].lifetime, value).toBe(2 ** 20)
    }
    expect(parseCryptoLine('1 X inline:MTIz; inline:MTIz KDR=1').keys).toHaveLength(2)
  })

  it.each([
    ['x AES_CM_128_HMAC_SHA1_80 inline:MTIz', 'tag-invalid'],
    ['1234567890 X inline:MTIz', 'tag-invalid'],
    ['1234567890123456 X inline:MTIz', 'tag-invalid'],
    ['', 'tag-invalid'],
    ['1', 'suite-missing'],
    ['1 inline:MTIz', 'suite-missing'],
    ['1 MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw', 'suite-missing'],
    ['1 AES_CM_128_HMAC_SHA1_80', 'key-missing'],
    ['1 X uri:MTIz', 'key-method-unknown'],
    ['1 X MTIz', 'key-method-unknown'],
    ['1 X inline:', 'key-masked'],
    ['1 X inline:MTI*', 'key-undecodable'],
    ['1 X inline:MTIzN', 'key-undecodable'],
    [`1 X inline:${'MTIz'.repeat(100)}`, 'key-undecodable'],
  ])('§9: %s is %s', (value, problem) => {
    expect(parseCryptoLine(value).problem).toBe(problem)
  })

  it('where the suite was left out, the key in its place is not taken for a name', () => {
    for (const key of ['inline:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw', 'MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw']) {
      expect(parseCryptoLine(`1 ${key} KDR=1`)).toMatchObject({ suite: '', problem: 'suite-missing' })
    }
    const [known, draft] = ['F8_128_HMAC_SHA1_80', 'DOUBLE_AEAD_AES_256_GCM_AEAD_AES_256_GCM']
    for (const suite of [known, draft, 'X']) expect(parseCryptoLine(`1 ${suite} inline:MTIz`).suite).toBe(suite)
  })

  it('§9: what is written by the grammar is read back', () => {
    const key = fc
      .uint8Array({ minLength: 1, maxLength: 60, size: 'max' })
      .filter((octets) => !isMaskedKey(Buffer.from(octets).toString('base64')))
    const mki = fc.option(fc.tuple(fc.bigInt(0n, 2n ** 64n - 1n), fc.integer({ min: 8, max: 128 })), { nil: undefined })
    const lifetime = fc.option(fc.integer({ min: 0, max: 48 }), { nil: undefined })
    const keys = fc.array(fc.record({ key, lifetime, mki }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), keys, (tag, parameters) => {
        const written = parameters.map(
          (each) =>
            `inline:${Buffer.from(each.key).toString('base64')}` +
            (each.lifetime === undefined ? '' : `|2^${each.lifetime}`) +
            (each.mki === undefined ? '' : `|${each.mki[0]}:${each.mki[1]}`),
        )
        const line = parseCryptoLine(`${tag} AES_CM_128_HMAC_SHA1_80 ${written.join(';')} KDR=0`)
        expect(line.tag).toBe(tag)
        expect(line.problem).toBeUndefined()
        expect(line.sessionParameters.kdr).toBe(0)
        expect(line.keys).toHaveLength(parameters.length)
        for (const [index, each] of parameters.entries()) {
          const read = line.keys[index]
          expect(read.keyBytes).toEqual(each.key)
          expect(read.lifetime).toBe(each.lifetime === undefined ? undefined : 2 ** each.lifetime)
          expect(read.mki?.length).toBe(each.mki?.[1])
          if (each.mki) expect(BigInt(`0x${Buffer.from(read.mki?.value ?? []).toString('hex')}`)).toBe(each.mki[0])
        }
      }),
    )
  })

  it('never throws', () => {
    const alphabet = fc.constantFrom(...'1 ;:|^=inlineKDR2AZaz+/\t-_'.split(''), 'inline:', ' X ')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 500, size: 'max' }),
          fc.string({ unit: alphabet, maxLength: 500, size: 'max' }),
        ),
        (value) => {
          const line = parseCryptoLine(value)
          expect(line.tag).toBeGreaterThanOrEqual(-1)
        },
      ),
    )
  })
})
