import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { inflate } from '../../src/capture/inflated-octets.ts'
import { StreamOctets } from '../../src/capture/octet-source.ts'
import { sections } from '../../test/capture/capture-arbitraries.ts'
import { writePcapng } from '../../test/capture/capture-writer.ts'
import { walk, walkSlabs } from '../../test/capture/walk.ts'
import { chunksOf } from '../script.ts'
import { seedCaptures } from '../seed-captures.ts'
import { type FuzzTarget, promise, promiseSame } from '../target.ts'

/** Captures are megabytes of the same; their beginnings have all their kinds of blocks. */
const beginnings = () => seedCaptures().map((capture) => capture.slice(0, 4096))

function slabSizes(input: Uint8Array): number[] {
  return [...chunksOf(input.subarray(0, 64))].map((chunk) => chunk.length * 7)
}

export const pcap: FuzzTarget = {
  name: 'pcap',
  seeds: () => beginnings().filter((capture) => capture[0] !== 0x0a),
  run(input) {
    const whole = walk('pcap', input)
    if (input.length > 0) promiseSame(walkSlabs('pcap', input, slabSizes(input)), whole, 'slabs make no difference')
  },
}

export const pcapng: FuzzTarget = {
  name: 'pcapng',
  seeds: () => beginnings().filter((capture) => capture[0] === 0x0a),
  made: sections.map((written) => new Uint8Array(writePcapng(written))),
  run(input) {
    const whole = walk('pcapng', input)
    if (input.length > 0) promiseSame(walkSlabs('pcapng', input, slabSizes(input)), whole, 'slabs make no difference')
  },
}

/** How much one octet of deflate may become (RFC 1951: 258 octets for two codes of one bit). */
const MOST_INFLATED = 1032

export const gzip: FuzzTarget = {
  name: 'gzip',
  seeds: () => beginnings().map((capture) => new Uint8Array(gzipSync(capture))),
  made: fc
    .array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 4 })
    .map((members) => new Uint8Array(Buffer.concat(members.map((member) => gzipSync(member))))),
  async run(input) {
    const source = inflate('x.gz', new StreamOctets('x.gz', Readable.from([Buffer.from(input)])), 'gzip')
    const target = new Uint8Array(64 << 10)
    let total = 0
    for (let count = await source.read(target); count > 0; count = await source.read(target)) total += count
    source.close()
    promise(total <= input.length * MOST_INFLATED, 'no more comes out than deflate can hold')
  },
}
