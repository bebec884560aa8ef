import type { Endpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { keyFingerprintsOf, keyIdentitiesOf, keyLifetimesOf, maskFingerprintsOf } from '../media/sdes-keys.ts'
import { classifyAddress } from '../net/addresses.ts'
import type { Codec, Connection, MediaDescription } from '../sdp/description.ts'
import type { Described } from '../sdp/exchange.ts'
import type { DescribedElsewhere } from '../sdp/keys-elsewhere.ts'
import type { Transport } from '../sip/context.ts'
import { isKnownMethod } from '../sip/method-words.ts'
import type { DescribedFact, DescribedMedia, ElsewhereFact, OtherKeyFact } from './analysis.ts'
import type { Direction } from './report.ts'

/** What rules read of descriptions that are no offer and no answer. */
export function analyseElsewhere({ callId, descriptions, ...message }: DescribedElsewhere): ElsewhereFact[] {
  const { method, status } = message
  return descriptions.map((description) =>
    Object.assign(new DescriptionFacts({ ...message, description, truncated: false }), {
      callId,
      message: status === undefined ? nameOf(method) : `${status} to ${nameOf(method)}`,
    }),
  )
}

function nameOf(method: string): string {
  return isKnownMethod(method) ? method : 'an unknown method'
}

/** What most descriptions have of most. */
const NONE: readonly string[] = []

export class DescriptionFacts implements DescribedFact {
  readonly at: FrameRef
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly transport: Transport
  readonly #described: Described
  #media: readonly DescribedMedia[] | undefined

  constructor(described: Described) {
    this.at = described.at
    this.source = described.source
    this.destination = described.destination
    this.transport = described.transport
    this.#described = described
  }

  get originAddress(): string | undefined {
    return addressOf(this.#described.description.origin)
  }

  get contactAddress(): string | undefined {
    const { contact } = this.#described
    return contact === undefined ? undefined : ifAddress(uriHost(contact))
  }

  get bundles(): boolean {
    return this.#described.description.groups.includes('BUNDLE')
  }

  get misplacesCrypto(): boolean {
    return this.#described.description.anomalies.includes('crypto-at-session-level')
  }

  get otherKeys(): readonly OtherKeyFact[] | undefined {
    return this.#described.description.otherKeys?.map(({ place, crypto }) => ({
      place,
      fingerprints: crypto === undefined ? NONE : keyFingerprintsOf(crypto),
    }))
  }

  get media(): readonly DescribedMedia[] {
    this.#media ??= this.#described.description.media.map((media) => new MediaFacts(media))
    return this.#media
  }
}

class MediaFacts implements DescribedMedia {
  readonly #media: MediaDescription
  #carries: DescribedMedia['carries'] | undefined
  #keyFingerprints: readonly string[] | undefined

  constructor(media: MediaDescription) {
    this.#media = media
  }

  get index(): number {
    return this.#media.index
  }

  get kind(): string {
    return this.#media.kind
  }

  get profile(): string {
    return this.#media.protocol
  }

  get rejected(): boolean {
    return this.#media.rejected
  }

  get isCut(): boolean {
    return this.#media.isCut
  }

  get direction(): Direction {
    return this.#media.direction
  }

  get port(): number {
    return this.#media.port
  }

  get connectionAddress(): string | undefined {
    return addressOf(this.#media.connection)
  }

  get rtcpAddress(): string | undefined {
    const address = this.#media.rtcp?.address
    return address === undefined ? undefined : ifAddress(address)
  }

  get candidateAddresses(): readonly string[] {
    const { candidates } = this.#media
    return candidates.length === 0 ? NONE : [...new Set(candidates.map(({ address }) => address))]
  }

  get carries(): DescribedMedia['carries'] {
    this.#carries ??= keyingOf(this.#media)
    return this.#carries
  }

  get keyIdentities(): readonly string[] {
    const { crypto } = this.#media
    return crypto.length === 1 ? keyIdentitiesOf(crypto[0]) : crypto.flatMap(keyIdentitiesOf)
  }

  get keyFingerprints(): readonly string[] {
    this.#keyFingerprints ??= fingerprintsOf(this.#media.crypto)
    return this.#keyFingerprints
  }

  get maskFingerprints(): readonly string[] {
    const { crypto } = this.#media
    const isAnyMasked = crypto.some(({ problem }) => problem === 'key-masked')
    return isAnyMasked ? crypto.flatMap(maskFingerprintsOf) : NONE
  }

  get keyLifetimes(): DescribedMedia['keyLifetimes'] {
    const { crypto } = this.#media
    return crypto.length === 1 ? keyLifetimesOf(crypto[0]) : crypto.flatMap(keyLifetimesOf)
  }

  get codecs(): readonly Codec[] {
    return this.#media.codecs
  }

  get payloadTypes(): readonly number[] {
    return this.#media.formats.map(Number).filter((type) => Number.isInteger(type) && type >= 0 && type < 128)
  }
}

function fingerprintsOf(crypto: MediaDescription['crypto']): readonly string[] {
  return crypto.length === 1 ? keyFingerprintsOf(crypto[0]) : [...new Set(crypto.flatMap(keyFingerprintsOf))]
}

function keyingOf({ crypto, fingerprints, zrtpHash, keyMgmt }: MediaDescription): DescribedMedia['carries'] {
  const carries: DescribedMedia['carries'][number][] = []
  if (crypto.length > 0) carries.push('crypto')
  if (fingerprints.length > 0) carries.push('fingerprint')
  if (zrtpHash) carries.push('zrtp-hash')
  if (keyMgmt.length > 0) carries.push('key-mgmt')
  return carries
}

/** The address, where it is an IP address. */
function addressOf(connection: Connection | undefined): string | undefined {
  return connection === undefined || connection.addressKind === 'name' ? undefined : connection.address
}

/** The text, where it is an IP address. */
function ifAddress(text: string): string | undefined {
  return classifyAddress(text) === undefined ? undefined : text
}

/** Host of a SIP URI (RFC 3261 §19.1.1), brackets of an IPv6 reference taken off. */
function uriHost(uri: string): string {
  const start = uri.indexOf(':') + 1
  const at = uri.lastIndexOf('@')
  const rest = uri.slice(Math.max(start, at + 1))
  if (rest.startsWith('[')) return rest.slice(1, Math.max(1, rest.indexOf(']')))
  let end = 0
  while (end < rest.length && !HOST_ENDS.includes(rest[end])) end++
  return rest.slice(0, end)
}

const HOST_ENDS = ':;?>'
