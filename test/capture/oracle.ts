import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import pcapParser from 'pcap-parser'
import type { Walked } from './walk.ts'

interface OraclePacket {
  readonly header: {
    readonly timestampSeconds: number
    readonly timestampMicroseconds: number
    readonly capturedLength: number
    readonly originalLength: number
  }
  readonly data: Buffer
}

/** The records of a classic microsecond capture as the npm package pcap-parser reads them. */
export function parseWithOracle(capture: Uint8Array): Promise<readonly Walked[]> {
  return new Promise((resolve, reject) => {
    const records: Walked[] = []
    let linkType = 0
    const parser = pcapParser.parse(Readable.from([Buffer.from(capture)], { objectMode: false }))
    parser.on('globalHeader', (header: { linkLayerType: number }) => {
      linkType = header.linkLayerType
    })
    parser.on('packet', ({ header, data }: OraclePacket) => {
      records.push({
        frame: records.length + 1,
        capture: 0,
        seconds: header.timestampSeconds,
        nanoseconds: header.timestampMicroseconds * 1000,
        linkType,
        captured: header.capturedLength,
        original: header.originalLength,
        data: data.length <= 64 ? data.toString('hex') : createHash('sha1').update(data).digest('hex'),
      })
    })
    parser.on('end', () => resolve(records))
    parser.on('error', reject)
  })
}
