import type { Keyring } from '../media/keyring.ts'
import { type IndexAgain, srtcpIndexAgain } from '../rtp/srtcp-indexes.ts'
import type { StreamTable } from '../rtp/stream-table.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'

const INDEX = 4

/**
 * SRTCP packets under an index that was used before (RFC 3711 §3.4), where all packets of a stream verify under one key: then it is
 * known where their indexes stand. Nothing where an MKI stands with them.
 */
export function repeatedSrtcpIndex(
  { plan, verdict }: JudgedStream,
  table: StreamTable,
  keyring: Keyring,
): IndexAgain | undefined {
  const { packets, verified, underKeys, shortTags, key } = verdict
  if (plan.stream.kind !== 'rtcp' || verified === 0 || verified < packets || underKeys.length !== 1) return undefined
  const { suite, mki, mkiLength = mki?.length ?? 0 } = keyring.get(key).master
  if (mkiLength > 0 || (shortTags > 0 && shortTags < packets)) return undefined
  const tag = suite.srtcpTagLengths[shortTags > 0 ? 1 : 0] ?? 0
  return srtcpIndexAgain(table, table.intsAt(plan.stream.id), suite.authentication === 'gcm' ? INDEX : INDEX + tag)
}
