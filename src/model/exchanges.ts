import { masterKeysOf } from '../media/sdes-keys.ts'
import { parseAddress } from '../net/addresses.ts'
import type { MediaDescription } from '../sdp/description.ts'
import { currentAnswer, type Described, type Exchange } from '../sdp/exchange.ts'
import { fingerprint } from '../srtp/session-keys.ts'
import type { AnalysedExchange, DescribedFact, DescribedMedia } from './analysis.ts'
import { describeSession } from './sessions.ts'

/** What rules read of an exchange. Keys become fingerprints here. */
export function analyseExchange(exchange: Exchange, severalCaptures: boolean): AnalysedExchange {
  const { refusedAt, refusedStatus } = exchange
  return {
    session: describeSession(exchange, severalCaptures),
    transport: exchange.transport,
    offer: factOf(exchange.offer),
    answers: exchange.answers.map(factOf),
    ...(refusedAt !== undefined && { refusedAt }),
    ...(refusedStatus !== undefined && { refusedStatus }),
    renegotiates: exchange.previous !== undefined && currentAnswer(exchange.previous) !== undefined,
  }
}

function factOf({ at, source, destination, transport, description, contact }: Described): DescribedFact {
  const originAddress = addressOf(description.origin?.address)
  const contactAddress = contact === undefined ? undefined : addressOf(uriHost(contact))
  return {
    at,
    source,
    destination,
    transport,
    ...(originAddress !== undefined && { originAddress }),
    ...(contactAddress !== undefined && { contactAddress }),
    media: description.media.map(mediaFact),
  }
}

function mediaFact(media: MediaDescription): DescribedMedia {
  const connectionAddress = addressOf(media.connection?.address)
  const rtcpAddress = addressOf(media.rtcp?.address)
  const masters = media.crypto.flatMap(masterKeysOf)
  return {
    index: media.index,
    kind: media.kind,
    profile: media.protocol,
    rejected: media.rejected,
    direction: media.direction,
    port: media.port,
    ...(connectionAddress !== undefined && { connectionAddress }),
    ...(rtcpAddress !== undefined && { rtcpAddress }),
    candidateAddresses: [...new Set(media.candidates.map(({ address }) => address))],
    carries: [
      ...(media.crypto.length > 0 ? (['crypto'] as const) : []),
      ...(media.fingerprints.length > 0 ? (['fingerprint'] as const) : []),
      ...(media.zrtpHash ? (['zrtp-hash'] as const) : []),
      ...(media.keyMgmt.length > 0 ? (['key-mgmt'] as const) : []),
    ],
    keyFingerprints: [...new Set(masters.map(({ masterKey, masterSalt }) => fingerprint(masterKey, masterSalt)))],
    payloadTypes: media.formats.map(Number).filter((type) => Number.isInteger(type) && type >= 0 && type < 128),
  }
}

/** The text where it is an IP address. */
function addressOf(text: string | undefined): string | undefined {
  return text !== undefined && parseAddress(text) !== undefined ? text : undefined
}

/** Host of a SIP URI (RFC 3261 §19.1.1), brackets of an IPv6 reference taken off. */
export function uriHost(uri: string): string {
  const start = uri.indexOf(':') + 1
  const at = uri.lastIndexOf('@')
  const rest = uri.slice(Math.max(start, at + 1))
  if (rest.startsWith('[')) return rest.slice(1, Math.max(1, rest.indexOf(']')))
  const end = rest.search(/[:;?>]/)
  return end < 0 ? rest : rest.slice(0, end)
}
