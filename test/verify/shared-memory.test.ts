import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WALKER_STATE_BYTES } from '../../src/capture/walker.ts'
import { FragmentTable } from '../../src/net/fragments.ts'
import { TurnSegments } from '../../src/net/turn-segments.ts'
import { StreamTable } from '../../src/rtp/stream-table.ts'
import { KEY_ENTRY_BYTES } from '../../src/srtp/key-entry.ts'
import { CONTROL_BYTES } from '../../src/verify/control.ts'
import { REPEAT_LIST_BYTES } from '../../src/verify/repeat-list.ts'
import { DESCRIPTOR_WORDS, layoutOf, SLOT_META_FLOATS } from '../../src/verify/shared-memory.ts'

test('no two regions of the shared memory overlap, whatever the sizes', () => {
  const sizes = fc.record({
    threads: fc.integer({ min: 1, max: 64 }),
    slabBytes: fc.integer({ min: 64 << 10, max: 16 << 20 }),
    maxMemoryBytes: fc.integer({ min: 64 << 20, max: 3 * 2 ** 30 }),
    timelines: fc.boolean(),
  })
  fc.assert(
    fc.property(sizes, (given) => {
      const l = layoutOf(given)
      const regions = [
        [l.control, CONTROL_BYTES],
        [l.walker, WALKER_STATE_BYTES],
        [l.fragments, FragmentTable.byteLength],
        [l.turn, TurnSegments.byteLength],
        [l.ring, l.ringBytes],
        [l.keys, l.keyCapacity * KEY_ENTRY_BYTES],
        [l.repeats, REPEAT_LIST_BYTES],
        [l.lanes, l.threads * l.laneBytes],
        [l.timelines, l.timelineBytes],
        [l.slotMeta, l.slots * SLOT_META_FLOATS * 8],
        [l.descriptors, l.slots * l.descriptorsPerSlot * DESCRIPTOR_WORDS * 4],
        [l.slabs, l.slots * (l.headRoomBytes + l.slabBytes)],
        [l.streams, StreamTable.byteLength(l.streamCapacity)],
        [l.totalBytes, 0],
      ].sort(([a], [b]) => (a as number) - (b as number)) as [number, number][]
      for (let n = 0; n + 1 < regions.length; n++) {
        const [[at, length], [next]] = [regions[n] as [number, number], regions[n + 1] as [number, number]]
        expect(at + length).toBeLessThanOrEqual(next)
        expect(at % 8).toBe(0)
      }
    }),
  )
})
