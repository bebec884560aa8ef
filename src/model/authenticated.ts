import type { Keyring } from '../media/keyring.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'
import { isAgreed } from './agreed-parameter.ts'

/**
 * Whether every packet of a stream carries a tag that verifies, although both sides agreed on UNAUTHENTICATED_SRTP (RFC 4568
 * §6.3.3): a receiver that goes by it takes the tag for the end of the payload.
 */
export function isAuthenticatedAllTheSame({ plan, verdict }: JudgedStream, keyring: Keyring): boolean {
  const { packets, verified, underKeys } = verdict
  if (plan.stream.kind !== 'rtp' || verified === 0 || verified < packets) return false
  if (underKeys.some(({ key }) => keyring.get(key).master.parameters?.unauthenticatedSrtp === true)) return false
  return isAgreed(plan, 'unauthenticatedSrtp')
}
