import { describe, expect, it } from 'vitest'
import { seededGenerator } from '../../samples/seeded-random.ts'
import { looksPlain } from '../../src/rtp/payload-randomness.ts'
import { arrivalAt, cipherOctets, flowKey, newTable, pcmu } from './rtp-packets.ts'

/** What is concluded from payloads alone. */
function concluded(payloads: Iterable<Uint8Array>): boolean | undefined {
  const table = newTable(1)
  const id = table.findOrAdd(flowKey(1))
  let sequence = 0
  for (const payload of payloads) {
    sequence++
    table.countRtp(id, arrivalAt(sequence * 20_000), pcmu(sequence, sequence * 160, payload))
  }
  return looksPlain(table.ints, table.intsAt(id))
}

const times = (count: number, make: (n: number) => Uint8Array) => Array.from({ length: count }, (_, n) => make(n))

describe('payload in the clear or encrypted', () => {
  it('takes none of 2,000 encrypted streams for plain', () => {
    const plain: number[] = []
    for (let stream = 0; stream < 2000; stream++) {
      const next = seededGenerator(`cipher ${stream}`)
      const length = [20, 30, 43, 90, 170, 178, 1200][stream % 7]
      const packets = 3 + (stream % 50)
      if (concluded(times(packets, () => cipherOctets(next, length))) !== false) plain.push(stream)
    }
    expect(plain).toEqual([])
  })

  it.each([0, 1, 2, 3, 4])('takes speech in PCMU for plain: speaker %i', (speaker) => {
    const next = seededGenerator(`speaker ${speaker}`)
    // µ-law of a quiet signal: sign and segment bits near 0xf? and 0x7? (ITU-T G.711 §3.2).
    const speech = times(50, () => cipherOctets(next, 160).map((octet) => (octet & 0x80) | 0x60 | (octet & 0x1f)))
    expect(concluded(speech)).toBe(true)
  })

  it('takes silence for plain: PCMU 0xff, PCMA 0xd5', () => {
    for (const silence of [0xff, 0xd5]) expect(concluded(times(3, () => new Uint8Array(160).fill(silence)))).toBe(true)
  })

  it('takes entropy-coded frames behind one constant TOC octet for plain (RFC 6716 §3.1)', () => {
    const next = seededGenerator('opus')
    const frame = () => {
      const bytes = cipherOctets(next, 90)
      bytes[0] = 0x78
      return bytes
    }
    expect(concluded(times(10, frame))).toBe(true)
    expect(concluded(times(5, frame))).toBe(false)
  })

  it('says nothing of fewer than three packets, nor of payloads too short to sample', () => {
    expect(concluded(times(2, () => new Uint8Array(160)))).toBeUndefined()
    expect(concluded(times(100, () => new Uint8Array(15)))).toBeUndefined()
    expect(concluded(times(3, () => new Uint8Array(32)))).toBe(true)
  })

  it('leaves out what may be a tag and an MKI, which is the same in every packet (RFC 3711 §3.1)', () => {
    const next = seededGenerator('an MKI of 4 octets and a tag of 10')
    for (const octets of [10, 20, 24, 33, 38, 160]) {
      const packet = () =>
        Buffer.concat([cipherOctets(next, octets), Buffer.from([0, 0, 0, 1]), cipherOctets(next, 10)])
      expect(concluded(times(48, packet)), String(octets)).toBe(false)
    }
  })

  it('samples the beginning of a stream only', () => {
    const next = seededGenerator('long')
    const packets = times(100, (n) => (n < 48 ? cipherOctets(next, 160) : new Uint8Array(160)))
    expect(concluded(packets)).toBe(false)
  })
})

describe('where the payload begins (RFC 3550 §5.1, §5.3.1)', () => {
  /** An encrypted packet whose CSRC list and header extension are in the clear, as SRTP leaves them (RFC 3711 §3.1). */
  function encrypted(sequence: number, csrcs: number, extensionWords: number | undefined): Buffer {
    const payload = cipherOctets(seededGenerator(`payload ${sequence}`), 170)
    const rtp = pcmu(sequence, sequence * 160, payload)
    const list = Buffer.alloc(csrcs * 4, 0x11)
    const extension = Buffer.alloc(extensionWords === undefined ? 0 : 4 + extensionWords * 4, 0x22)
    if (extensionWords !== undefined) {
      extension.writeUInt16BE(0xbede, 0)
      extension.writeUInt16BE(extensionWords, 2)
    }
    rtp[0] |= csrcs | (extensionWords === undefined ? 0 : 0x10)
    return Buffer.concat([rtp.subarray(0, 12), list, extension, rtp.subarray(12)])
  }

  it.each([
    ['no extension', 0, undefined],
    ['CSRCs', 3, undefined],
    ['a header extension', 0, 1],
    ['both', 15, 8],
  ])('samples behind %s', (_, csrcs, words) => {
    const table = newTable()
    const id = table.findOrAdd(flowKey(1))
    for (let n = 0; n < 60; n++) {
      const packet = encrypted(n, csrcs, words)
      table.countRtp(id, arrivalAt(n * 20_000), packet)
    }
    expect(looksPlain(table.ints, table.intsAt(id))).toBe(false)
  })

  it('samples nothing where the extension is longer than the packet', () => {
    const table = newTable()
    const id = table.findOrAdd(flowKey(1))
    for (let n = 0; n < 60; n++) {
      const packet = encrypted(n, 0, 1)
      packet.writeUInt16BE(0xffff, 14)
      table.countRtp(id, arrivalAt(n * 20_000), packet)
    }
    expect(looksPlain(table.ints, table.intsAt(id))).toBeUndefined()
  })
})
