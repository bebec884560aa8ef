import fc from 'fast-check'
import type { WrittenBlock, WrittenPacket, WrittenSection } from './capture-writer.ts'

/** Packet octets with some structure in them: noise, zeros, and octets that look like headers of a capture. */
const data = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 90, size: 'max' }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 400 }).map((length) => new Uint8Array(length)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3000 }).map((length) => new Uint8Array(length).fill(0xff)) },
)

/** Packets in the order of a real capture: seconds go on by small steps from one base. */
export function packets(maxLength = 40): fc.Arbitrary<readonly WrittenPacket[]> {
  const one = fc.record({
    step: fc.integer({ min: 0, max: 3 }),
    nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
    data,
    surplus: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(2000) }),
  })
  return fc
    .tuple(fc.integer({ min: 0, max: 4_000_000_000 }), fc.array(one, { maxLength, size: 'max' }))
    .map(([base, list]) => {
      let seconds = base
      return list.map((packet) => {
        seconds += packet.step
        const { nanoseconds, data } = packet
        return { seconds, nanoseconds, data, original: data.length + packet.surplus }
      })
    })
}

/** Slab sizes from one octet to more than the capture. */
export const slabSizes = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20, size: 'max' }),
  fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5, size: 'max' }),
)

const resolution = fc.oneof(
  fc.constant(undefined),
  fc.integer({ min: 0, max: 12 }),
  fc.integer({ min: 0x80 + 10, max: 0x80 + 40 }),
)

const description = fc.record({
  linkType: fc.constantFrom(1, 101, 113, 276, 65_000),
  snapLength: fc.constantFrom(0, 60, 262_144),
  resolution,
  offset: fc.oneof(fc.constant(undefined), fc.integer({ min: -5_000_000_000, max: 5_000_000_000 })),
})

const ticks = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })

/** Sections whose blocks name interfaces that were described before them. */
export const sections: fc.Arbitrary<readonly WrittenSection[]> = fc.array(
  fc
    .tuple(
      fc.boolean(),
      fc.array(description, { minLength: 1, maxLength: 3 }),
      fc.array(
        fc.oneof(
          fc.record({
            kind: fc.constantFrom('enhanced' as const, 'obsolete' as const),
            interface: fc.nat(1000),
            ticks,
            data,
            comment: fc.oneof(fc.constant(''), fc.string({ maxLength: 40 })),
          }),
          fc.record({ kind: fc.constant('simple' as const), data }),
          fc.record({
            kind: fc.constant('other' as const),
            type: fc.constantFrom(4, 5, 9, 0xbad, 0x7000_0001),
            body: fc.uint8Array({ minLength: 20, maxLength: 200, size: 'max' }),
          }),
        ),
        { maxLength: 15, size: 'max' },
      ),
    )
    .map(([littleEndian, descriptions, blocks]) => ({
      littleEndian,
      blocks: [
        ...descriptions.map((description): WrittenBlock => ({ kind: 'interface', description })),
        ...blocks.map((block): WrittenBlock => {
          if (block.kind === 'other') return block
          if (block.kind === 'simple') {
            // §4.4: the data of a Simple Packet Block are cut at the snap length of interface 0.
            const { snapLength } = descriptions[0]
            const cut = snapLength > 0 ? block.data.subarray(0, snapLength) : block.data
            return { kind: 'simple', data: cut, original: block.data.length }
          }
          return { ...block, interface: block.interface % descriptions.length }
        }),
      ],
    })),
  { minLength: 1, maxLength: 3 },
)
