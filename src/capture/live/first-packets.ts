import { type Readable, Transform } from 'node:stream'
import { RecordBoundaries } from './record-boundaries.ts'

/**
 * The first `count` packets of a pcap or pcapng stream. What comes after them is read and not passed on.
 *
 * @param onEnough called once when they have come
 */
export function firstPackets(octets: Readable, count: number, onEnough: () => void): Readable {
  const boundaries = new RecordBoundaries()
  let isEnough = false
  const first = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (isEnough) return done()
      for (let at = 0; ; ) {
        const end = boundaries.next(chunk, at, at + 1)
        if (end === undefined) return done(null, chunk)
        at = end
        if (boundaries.packets < count) continue
        isEnough = true
        onEnough()
        return done(null, chunk.subarray(0, end))
      }
    },
  })
  octets.once('error', (error) => first.destroy(error))
  return octets.pipe(first)
}
