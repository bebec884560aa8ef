import type { Keyring } from '../media/keyring.ts'
import { isSurelyClear, isSurelyRandom } from '../rtp/payload-randomness.ts'
import { isG711Alone } from '../rtp/payload-types.ts'
import { I } from '../rtp/stream-record.ts'
import type { StreamTable } from '../rtp/stream-table.ts'
import type { MasterKey } from '../srtp/session-keys.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'
import { isAgreed } from './agreed-parameter.ts'

/**
 * Whether every packet of a stream verifies and yet travels readable, though what was agreed encrypts it: a tag says
 * nothing of encryption. RTP shows it by the payload of its first packets, SRTCP by its E bit (RFC 3711 §3.4).
 */
export function isUnencrypted({ plan, verdict }: JudgedStream, table: StreamTable, keyring: Keyring): boolean {
  const { packets, verified, underKeys } = verdict
  if (verified === 0 || verified < packets) return false
  const { ints } = table
  const i = table.intsAt(plan.stream.id)
  const isRtp = plan.stream.kind === 'rtp'
  if (underKeys.some(({ key }) => mayShowItsMki(keyring.get(key).master, isRtp))) return false
  const isOpen = isRtp ? isSurelyClear(ints, i) : ints[i + I.OpenControl] === packets
  if (!isOpen) return false
  return underKeys.every(({ key }) => {
    const { suite, parameters = {} } = keyring.get(key).master
    const agreed = isRtp ? parameters.unencryptedSrtp : parameters.unencryptedSrtcp
    return suite.cipher !== 'null' && agreed !== true
  })
}

/** Octets at the end of a payload that are not looked at (workers/kernel/lane/payload-sample.ts). */
const LONGEST_TRAILER = 16

/** Whether what was looked at may be an MKI, which is the same in every packet: a long one of RTP, any of RTCP. */
function mayShowItsMki({ suite, mki, mkiLength = mki?.length ?? 0 }: MasterKey, isRtp: boolean): boolean {
  if (!isRtp) return mkiLength > 0
  // An AEAD tag stands before the MKI, and is as random as what it ends (RFC 7714 §8.2).
  return mkiLength + (suite.authentication === 'gcm' ? 0 : suite.srtpTagLength) > LONGEST_TRAILER
}

/**
 * The reverse: every packet of a stream verifies, both sides agreed on UNENCRYPTED_SRTP (RFC 4568 §6.3.2), and its payload has no
 * pattern. That of G.711 always has one; what compresses looks encrypted by itself, and nothing is said of it.
 */
export function isEncryptedAllTheSame({ plan, verdict }: JudgedStream, table: StreamTable, keyring: Keyring): boolean {
  const { packets, verified, underKeys } = verdict
  if (plan.stream.kind !== 'rtp' || verified === 0 || verified < packets || !isAgreed(plan, 'unencryptedSrtp'))
    return false
  const { ints } = table
  const i = table.intsAt(plan.stream.id)
  if (!isG711Alone(ints, i) || !isSurelyRandom(ints, i)) return false
  return underKeys.every(({ key }) => {
    const { suite, parameters = {} } = keyring.get(key).master
    return suite.cipher !== 'null' && parameters.unencryptedSrtp === true
  })
}

/** Whether the payload of a stream's RTP is encrypted, where its packets show that what was agreed of it is not what is sent. */
export function encryptionOnWire(stream: JudgedStream, table: StreamTable, keyring: Keyring): boolean | undefined {
  if (stream.plan.stream.kind !== 'rtp') return undefined
  if (isUnencrypted(stream, table, keyring)) return false
  return isEncryptedAllTheSame(stream, table, keyring) ? true : undefined
}
