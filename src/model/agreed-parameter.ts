import type { BoundLine } from '../media/binding.ts'
import { agreedCrypto } from '../media/media-line.ts'
import type { SessionParameters } from '../sdp/crypto-attribute.ts'
import { currentAnswer } from '../sdp/exchange.ts'
import type { StreamPlan } from '../verify/judgement/plan.ts'

type Parameter = keyof Pick<SessionParameters, 'unencryptedSrtp' | 'unauthenticatedSrtp'>

/** Whether both sides gave a session parameter, in each agreement that a stream may go by (RFC 4568 §6.3). */
export function isAgreed({ keying }: StreamPlan, parameter: Parameter): boolean {
  const lines = keying.binding?.lines ?? []
  return keying.source === 'sdp' && lines.length > 0 && lines.every((line) => isOfBoth(line, parameter))
}

function isOfBoth({ exchange, index }: BoundLine, parameter: Parameter): boolean {
  const answer = currentAnswer(exchange)
  if (answer === undefined || exchange.state !== 'answered') return false
  const agreed = [
    agreedCrypto(index, 'offerer', { own: exchange.offer, answer }),
    agreedCrypto(index, 'answerer', { own: answer, answer }),
  ]
  return agreed.every(
    (lines) => lines.length > 0 && lines.every(({ sessionParameters }) => sessionParameters[parameter]),
  )
}
