import { addressOf } from '../../bytes/endpoint.ts'
import { type Marker, NOTHING } from './mark.ts'

/** Addresses that mean nothing beyond their network (RFC 1918, 6598, 3927, 4193, 4291). */
const PRIVATE =
  /^(10[.]|192[.]168[.]|172[.](1[6-9]|2\d|3[01])[.]|100[.](6[4-9]|[7-9]\d|1[01]\d|12[0-7])[.]|169[.]254[.]|f[cd]|fe[89ab])/i

/** c=: whether others reach it. */
export const connectionMarks: Marker = ({ value }, { session, side }) => {
  const address = /^IN IP[46] ([^ /]+)/i.exec(value)?.[1]
  if (address === undefined) return NOTHING
  if (address === '0.0.0.0') return [{ tone: 'note', text: 'on hold, in the way of RFC 2543 (RFC 3264 §8.4)' }]
  const [offerer, answerer] = session.leg.split(' > ').map(addressOf)
  const signalling = side === 'offer' ? offerer : answerer
  if (!PRIVATE.test(address) || signalling === undefined || PRIVATE.test(signalling)) return NOTHING
  return [{ tone: 'warning', text: `a private address, though its signalling comes from ${signalling}` }]
}
