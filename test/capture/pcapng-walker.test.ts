import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TLS_KEY_LOG } from '../../src/capture/record.ts'
import { sections, slabSizes } from './capture-arbitraries.ts'
import {
  concat,
  type WrittenBlock,
  type WrittenInterface,
  type WrittenSection,
  writeBlock,
  writePcapng,
} from './capture-writer.ts'
import { walk, walkSlabs } from './walk.ts'

/** Seconds and nanoseconds by big integers. */
function timeOf(ticks: bigint, { resolution = 6, offset = 0 }: WrittenInterface): readonly [number, number] {
  const perSecond = resolution >= 0x80 ? 1n << BigInt(resolution - 0x80) : 10n ** BigInt(resolution)
  const nanoseconds = (ticks * 1_000_000_000n) / perSecond
  return [Number(nanoseconds / 1_000_000_000n) + offset, Number(nanoseconds % 1_000_000_000n)]
}

/** What a reader must find: link type, time, lengths of each packet. */
function expected(list: readonly WrittenSection[]): readonly unknown[] {
  const found: unknown[] = []
  let time: readonly [number, number] = [0, 0]
  for (const { blocks } of list) {
    const interfaces: WrittenInterface[] = []
    for (const block of blocks) {
      if (block.kind === 'interface') interfaces.push(block.description)
      if (block.kind === 'interface' || block.kind === 'other') continue
      const description = interfaces[block.kind === 'simple' ? 0 : block.interface]
      if (block.kind !== 'simple') time = timeOf(block.ticks, description)
      const original = block.original ?? block.data.length
      found.push([description.linkType, time[0], time[1], block.data.length, original])
    }
  }
  return found
}

const ETHERNET: WrittenBlock = { kind: 'interface', description: { linkType: 1 } }

function enhanced(i: number): WrittenBlock {
  const data = Uint8Array.from({ length: 60 + ((29 * i) % 83) }, (_, k) => (5 * k + i) & 0xff)
  return { kind: 'enhanced', interface: 0, ticks: 1_700_000_000_000_000n + BigInt(i), data }
}

describe('pcapng', () => {
  test('§4: sections in both byte orders, interfaces, enhanced, obsolete and simple packets come back as written', () => {
    fc.assert(
      fc.property(sections, (list) => {
        const { records, facts } = walk('pcapng', writePcapng(list))
        expect(facts.lost).toBeUndefined()
        expect(records.map((r) => [r.linkType, r.seconds, r.nanoseconds, r.captured, r.original])).toEqual(
          expected(list),
        )
        expect(facts.frames).toBe(records.length)
      }),
    )
  })

  test('any slabs give the same records and facts', () => {
    fc.assert(
      fc.property(sections, slabSizes, (list, sizes) => {
        const capture = writePcapng(list)
        expect(walkSlabs('pcapng', capture, sizes)).toEqual(walk('pcapng', capture))
      }),
    )
  })

  test('the data octets are those of the packet', () => {
    const data = Uint8Array.of(0xde, 0xad, 0xbe, 0xef, 0x01)
    for (const littleEndian of [true, false]) {
      const blocks: WrittenBlock[] = [
        ETHERNET,
        { kind: 'enhanced', interface: 0, ticks: 1n, data },
        { kind: 'simple', data },
      ]
      const { records } = walk('pcapng', writePcapng([{ littleEndian, blocks }]))
      expect(records.map((r) => r.data)).toEqual(['deadbeef01', 'deadbeef01'])
    }
  })

  /** Secrets type, length and data, as in a file of the given byte order. */
  const secretsBlock = (text: string, littleEndian: boolean, length = text.length): WrittenBlock => {
    const body = new Uint8Array(8 + text.length)
    new DataView(body.buffer).setUint32(0, TLS_KEY_LOG, littleEndian)
    new DataView(body.buffer).setUint32(4, length, littleEndian)
    body.set(new TextEncoder().encode(text), 8)
    return { kind: 'other', type: 10, body }
  }

  test.each([true, false])(
    '§4.7: Decryption Secrets Blocks come in their place (little-endian: %j)',
    (littleEndian) => {
      const text = 'CLIENT_RANDOM 00 11\n'
      const blocks = [
        ETHERNET,
        secretsBlock(text, littleEndian),
        enhanced(1),
        secretsBlock('x', littleEndian),
        enhanced(2),
      ]
      const capture = writePcapng([{ littleEndian, blocks }])
      for (const size of [capture.length, 64, 16]) {
        const { records, secrets, facts } = walkSlabs('pcapng', capture, [size])
        expect(records).toHaveLength(2)
        expect(secrets).toEqual([
          { type: TLS_KEY_LOG, text, left: 0 },
          { type: TLS_KEY_LOG, text: 'x', left: 0 },
        ])
        expect(facts.lost).toBeUndefined()
      }
    },
  )

  test.each([true, false])(
    '§4.7: a key log larger than any slab comes in parts (little-endian: %j)',
    (littleEndian) => {
      const text = Array.from({ length: 9000 }, (_, n) => `CLIENT_RANDOM ${n} 00112233445566778899aabbccddeeff\n`).join(
        '',
      )
      expect(text.length).toBeGreaterThan(400_000)
      const blocks = [
        ETHERNET,
        enhanced(1),
        secretsBlock(text, littleEndian),
        enhanced(2),
        secretsBlock('x', littleEndian),
      ]
      const capture = writePcapng([{ littleEndian, blocks }])
      for (const size of [capture.length, 65_536, 4093, 17]) {
        const { records, secrets, facts } = walkSlabs('pcapng', capture, [size])
        expect(records).toHaveLength(2)
        expect(secrets.every(({ type }) => type === TLS_KEY_LOG)).toBe(true)
        expect(secrets.map((part) => part.text).join('') === `${text}x`).toBe(true)
        expect(secrets.map((part) => part.left).filter((left) => left === 0)).toHaveLength(2)
        for (const [n, { text: part, left }] of secrets.slice(1, -1).entries()) {
          expect(secrets[n].left - part.length).toBe(left)
        }
        expect(facts.lost).toBeUndefined()
      }
    },
  )

  test('§4.7: a large key log that says more than its block holds, or is cut, is stated', () => {
    const block = secretsBlock('CLIENT_RANDOM '.repeat(40_000), true)
    const wrong = writePcapng([{ blocks: [ETHERNET, secretsBlock('y'.repeat(400_000), true, 500_000), enhanced(1)] }])
    for (const size of [wrong.length, 4096]) {
      const { records, secrets, facts } = walkSlabs('pcapng', wrong, [size])
      expect(records).toHaveLength(1)
      expect(secrets).toEqual([])
      expect(facts.lost).toMatchObject({ count: 1 })
    }
    const whole = writePcapng([{ blocks: [ETHERNET, enhanced(1), block] }])
    const head = writePcapng([{ blocks: [ETHERNET, enhanced(1)] }]).length
    for (const length of [head + 13, head + 16, head + 300_000, whole.length - 1]) {
      const { records, facts } = walkSlabs('pcapng', whole.subarray(0, length), [4096])
      expect(records).toHaveLength(1)
      expect(facts.lost).toMatchObject({ atByte: head, bytes: length - head, count: 1 })
    }
  })

  test('§4.7: a Decryption Secrets Block that says more than it holds is stated', () => {
    const { records, secrets, facts } = walk(
      'pcapng',
      writePcapng([{ blocks: [ETHERNET, secretsBlock('x', true, 99), enhanced(1)] }]),
    )
    expect(records).toHaveLength(1)
    expect(secrets).toEqual([])
    expect(facts.lost).toMatchObject({ count: 1 })
  })

  test('§4.6: frames that the capturing host dropped, by the last statistics of each interface', () => {
    for (const littleEndian of [true, false]) {
      const statistics = (number: number, ...options: readonly (readonly [number, number])[]): WrittenBlock => {
        const body = Buffer.alloc(12 + 12 * options.length + 4)
        const put = littleEndian ? body.writeUInt32LE.bind(body) : body.writeUInt32BE.bind(body)
        const put16 = littleEndian ? body.writeUInt16LE.bind(body) : body.writeUInt16BE.bind(body)
        put(number, 0)
        for (const [n, [code, count]] of options.entries()) {
          put16(code, 12 + 12 * n)
          put16(8, 14 + 12 * n)
          put(count, (littleEndian ? 16 : 20) + 12 * n)
        }
        return { kind: 'other', type: 5, body }
      }
      const dropped = (...blocks: readonly WrittenBlock[]) =>
        walk('pcapng', writePcapng([{ littleEndian, blocks: [ETHERNET, ETHERNET, enhanced(1), ...blocks] }])).facts
          .droppedFrames
      expect(dropped()).toBeUndefined()
      expect(dropped(statistics(0, [4, 100], [5, 3], [7, 4]), statistics(1, [5, 1]))).toBe(8)
      expect(dropped(statistics(0, [5, 3]), statistics(0, [5, 10]), statistics(7, [5, 99]))).toBe(10)
      expect(dropped(statistics(0, [5, 0]))).toBeUndefined()
    }
  })

  test('§4.7: a Decryption Secrets Block larger than a slab is passed over', () => {
    const large = new Uint8Array(1_000_000).fill(0x41)
    const blocks: WrittenBlock[] = [ETHERNET, enhanced(1), { kind: 'other', type: 10, body: large }, enhanced(2)]
    const capture = writePcapng([{ blocks }])
    const { records, facts } = walkSlabs('pcapng', capture, [4096])
    expect(records).toHaveLength(2)
    expect(facts.lost).toBeUndefined()
  })

  test('an unknown block cut while it is skipped is stated', () => {
    const head = writePcapng([{ blocks: [ETHERNET, enhanced(1)] }])
    const block = writeBlock(0x7777, new Uint8Array(900_000))
    const { facts } = walkSlabs('pcapng', concat([head, block.subarray(0, 500_000)]), [65_536])
    expect(facts.lost).toEqual({
      reason: 'the capture ends inside a record',
      atByte: head.length,
      bytes: 500_000,
      count: 1,
    })
  })
})

describe('damaged pcapng', () => {
  const HUNDRED = Array.from({ length: 100 }, (_, i) => enhanced(i))
  const CLEAN = writePcapng([{ blocks: [ETHERNET, ...HUNDRED] }])
  const STARTS = HUNDRED.map((_, i) => writePcapng([{ blocks: [ETHERNET, ...HUNDRED.slice(0, i)] }]).length)

  test('a cut tail is stated where the cut block begins', () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: CLEAN.length - 1 }), slabSizes, (length, sizes) => {
        const { records, facts } = walkSlabs('pcapng', CLEAN.subarray(0, length), sizes)
        const whole = STARTS.filter((start, i) => (STARTS[i + 1] ?? CLEAN.length) <= length && start < length).length
        expect(records).toHaveLength(whole)
        const at = STARTS[whole]
        const cut = { reason: 'the capture ends inside a record', atByte: at, bytes: length - at, count: 1 }
        expect(facts.lost).toEqual(length === at ? undefined : cut)
      }),
    )
  })

  test('a damaged length: one block lost, the rest found again', () => {
    fc.assert(
      fc.property(
        fc.nat(98),
        fc.integer({ min: 1, max: 0xffffffff }),
        fc.boolean(),
        slabSizes,
        (i, flip, trailing, sizes) => {
          const capture = CLEAN.slice()
          const view = new DataView(capture.buffer)
          const at = trailing ? STARTS[i + 1] - 4 : STARTS[i] + 4
          view.setUint32(at, (view.getUint32(at, true) ^ flip) >>> 0, true)
          const { records, facts } = walkSlabs('pcapng', capture, sizes)
          expect(records).toHaveLength(99)
          const bytes = STARTS[i + 1] - STARTS[i]
          expect(facts.lost).toEqual({ reason: 'damaged: no record begins here', atByte: STARTS[i], bytes, count: 1 })
        },
      ),
    )
  })

  test('a packet that names an unknown interface, or more octets than its block has, is lost alone', () => {
    const capture = CLEAN.slice()
    const view = new DataView(capture.buffer)
    view.setUint32(STARTS[3] + 8, 1, true)
    view.setUint32(STARTS[7] + 20, 262_145, true)
    const { records, facts } = walk('pcapng', capture)
    expect(records).toHaveLength(98)
    expect(facts.lost).toMatchObject({ reason: expect.stringContaining('interface'), atByte: STARTS[3], count: 2 })
  })

  test('octets overwritten, taken out or put in anywhere: no throw, no record outside, the same for any slabs', () => {
    const scars = fc.array(
      fc.record({
        at: fc.nat(20_000),
        remove: fc.oneof(fc.constant(0), fc.nat(300)),
        insert: fc.uint8Array({ maxLength: 60, size: 'max' }),
      }),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(sections, scars, slabSizes, (list, wounds, sizes) => {
        let capture = writePcapng(list)
        for (const { at, remove, insert } of wounds) {
          const from = 4 + (at % (capture.length - 4))
          capture = concat([capture.subarray(0, from), insert, capture.subarray(from + remove)])
        }
        const whole = walk('pcapng', capture)
        expect(walkSlabs('pcapng', capture, sizes)).toEqual(whole)
        expect(whole.facts.lost?.bytes ?? 0).toBeLessThanOrEqual(capture.length)
      }),
      { numRuns: 400 },
    )
  })

  test('a section header with a damaged length: its section is read on from the next block', () => {
    const second = writePcapng([
      { littleEndian: false, blocks: [{ kind: 'interface', description: { linkType: 113 } }, enhanced(0)] },
    ])
    new DataView(second.buffer).setUint32(4, 0x1235)
    const { records, facts } = walk('pcapng', concat([CLEAN, second]))
    expect(records).toHaveLength(101)
    expect(records[100].linkType).toBe(113)
    expect(facts.lost).toMatchObject({ atByte: CLEAN.length, count: 1 })
  })
})
