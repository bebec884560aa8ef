import type { BoundLine } from '../media/binding.ts'
import type { Keyring } from '../media/keyring.ts'
import { agreedCrypto } from '../media/media-line.ts'
import { currentAnswer } from '../sdp/exchange.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'

/**
 * Whether every packet of a stream carries a tag that verifies, although both sides agreed on UNAUTHENTICATED_SRTP (RFC 4568
 * §6.3.3): a receiver that goes by it takes the tag for the end of the payload.
 */
export function isAuthenticatedAllTheSame({ plan, verdict }: JudgedStream, keyring: Keyring): boolean {
  const { packets, verified, underKeys } = verdict
  const { keying, stream } = plan
  if (stream.kind !== 'rtp' || keying.source !== 'sdp' || verified === 0 || verified < packets) return false
  if (underKeys.some(({ key }) => keyring.get(key).master.parameters?.unauthenticatedSrtp === true)) return false
  // With several agreements it is not told here which one packets went by.
  const lines = keying.binding?.lines ?? []
  return lines.length > 0 && lines.every(isUnauthenticated)
}

function isUnauthenticated({ exchange, index }: BoundLine): boolean {
  const answer = currentAnswer(exchange)
  if (answer === undefined || exchange.state !== 'answered') return false
  const agreed = [
    agreedCrypto(index, 'offerer', { own: exchange.offer, answer }),
    agreedCrypto(index, 'answerer', { own: answer, answer }),
  ]
  return agreed.every(
    (lines) => lines.length > 0 && lines.every(({ sessionParameters }) => sessionParameters.unauthenticatedSrtp),
  )
}
