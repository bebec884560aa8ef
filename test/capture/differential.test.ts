import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packets } from './capture-arbitraries.ts'
import { writePcap } from './capture-writer.ts'
import { parseWithOracle } from './oracle.ts'
import { walk } from './walk.ts'

test('classic microsecond captures in both byte orders: the same records as npm pcap-parser', async () => {
  await fc.assert(
    fc.asyncProperty(packets(), fc.boolean(), fc.constantFrom(1, 101, 113), async (list, littleEndian, linkType) => {
      const capture = writePcap(list, { littleEndian, linkType })
      expect(walk('pcap', capture).records).toEqual(await parseWithOracle(capture))
    }),
  )
})
