import type { FileAttack } from '../attack.ts'
import { differing } from './checks.ts'

const EXPORTED_PDU = 252
const MOST_TAGS = 64

/** Frames of an exported PDU that are nothing but tags. */
export const TAGS: FileAttack = {
  name: 'exported-pdu-tags',
  title: 'exported PDUs of 300 empty tags',
  against: 'media',
  *pieces(octets) {
    const header = Buffer.from('d4c3b2a1020004000000000000000000ffff0000', 'hex')
    yield Buffer.concat([header, Buffer.of(EXPORTED_PDU, 0, 0, 0)])
    const record = Buffer.alloc(16 + 4 * 300, 0)
    record.writeUInt32LE(1_768_469_400, 0)
    record.writeUInt32LE(record.length - 16, 8)
    record.writeUInt32LE(record.length - 16, 12)
    // Tag 1 is none that anybody reads.
    for (let at = 17; at < record.length; at += 4) record[at] = 1
    const many = Buffer.concat(Array.from({ length: 500 }, () => record))
    for (let written = 0; written < octets; written += many.length) yield many
  },
  missing(report) {
    const said = report.anomalies.find(({ reason }) => reason === 'exported-pdus-with-too-many-tags')
    return differing(`frames of more than ${MOST_TAGS} tags`, said?.count ?? 0, report.totals.frames)
  },
}
