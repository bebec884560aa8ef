import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { firstPackets } from '../../../src/capture/live/first-packets.ts'
import { scan } from '../../../src/scan/scan.ts'

const sample = (name: string) => readFileSync(fileURLToPath(new URL(`../../../samples/${name}`, import.meta.url)))

describe('the first packets of a stream', () => {
  test.each([
    ['call.pcap', 1],
    ['call.pcap', 100],
    ['incident.pcapng', 1],
    ['incident.pcapng', 57],
  ])('%s: exactly %i, whole, and the rest is read', async (name, count) => {
    const octets = sample(name)
    const pieces = Array.from({ length: Math.ceil(octets.length / 333) }, (_, n) =>
      octets.subarray(n * 333, (n + 1) * 333),
    )
    let enough = 0
    const rest = Readable.from(pieces)
    const first = firstPackets(rest, count, () => enough++)
    const { captures, totals } = await scan({ captures: ['-'], stdin: first, workers: 1 })
    expect({ frames: totals.frames, lost: captures[0].lost, enough }).toEqual({
      ...{ frames: count, lost: undefined, enough: 1 },
    })
    expect(rest.readableEnded).toBe(true)
  })
})
