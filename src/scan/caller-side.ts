import { formatEndpoint } from '../bytes/endpoint.ts'
import type { Binding } from '../media/binding.ts'
import type { AnalysedCall } from '../model/analysis.ts'

/**
 * Whether a stream is sent by the side that called. Who offers is not enough: a callee may offer too, in a re-INVITE, or at
 * once where the INVITE brings no offer (RFC 3264 §4). So the way of the dialog's first offer tells, by whether requests
 * or responses went it first.
 */
export function senderOf({ lines }: Binding, call: AnalysedCall | undefined): 'caller' | 'callee' {
  const [{ exchange, sender }] = lines
  const { first } = exchange
  const [offerer, answerer] = [formatEndpoint(first.hop.offerer), formatEndpoint(first.hop.answerer)]
  const way = call?.paths.find(
    ({ source, destination }) => formatEndpoint(source) === offerer && formatEndpoint(destination) === answerer,
  )
  const isOffererFirst = exchange.offererTag === first.offererTag
  const isFirstCaller = way?.kind !== 'response'
  return (sender === 'offerer') === (isOffererFirst === isFirstCaller) ? 'caller' : 'callee'
}
