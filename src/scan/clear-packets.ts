import type { RtpFrame } from '../audio/rtp-frame.ts'
import type { Keyring } from '../media/keyring.ts'
import type { Codec } from '../sdp/description.ts'
import { isCryptex } from '../srtp/cryptex.ts'
import { createDecryptor, type Decryptor } from '../srtp/decryptor.ts'
import { extensionData, HeaderExtensionDecryptor } from '../srtp/header-extension.ts'
import { deriveSessionKeys } from '../srtp/session-keys.ts'
import { UnprovenIndex } from '../srtp/unproven-index.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'
import type { JudgedPacket } from '../verify/judgement/packet-judge.ts'
import type { TriedKey } from '../verify/second-pass/resolution.ts'
import { codecsOf, readRtp } from './clear-rtp.ts'
import { countOf, type DecryptCounts } from './decrypt-counts.ts'
import { EncryptedExtensions } from './encrypted-extensions.ts'

/** A packet in the clear, and where it stands in its stream. */
export interface ClearPacket {
  readonly octets: Uint8Array
  /** RTP: its rollover counter. */
  readonly roc: number
}

/** Which stream is heard, of which call, and of which side of it. */
export type HeardStream = Pick<RtpFrame, 'streamId' | 'callId' | 'sender' | 'mediaIndex'>

/** What is remembered of a stream while its packets are met. */
interface StreamState {
  readonly stream: HeardStream
  readonly codecs: ReadonlyMap<number, Codec>
  readonly index: UnprovenIndex
  readonly encryptedExtensions: EncryptedExtensions
  /** Whether its payload is encrypted, where it shows that this is not as agreed. */
  readonly isEncrypted: boolean | undefined
}

/** Takes SRTP off judged packets, each under the key and the rollover counter that it was judged by, and counts them. */
export class ClearPackets {
  readonly #keyring: Keyring
  readonly #counts: DecryptCounts
  readonly #heardStreamOf: (stream: JudgedStream) => HeardStream
  readonly #encryptionOnWire: (stream: JudgedStream) => boolean | undefined
  readonly #decryptors = new Map<string, Decryptor>()
  readonly #extensions = new Map<number, HeaderExtensionDecryptor | undefined>()
  readonly #states = new Map<JudgedStream, StreamState>()

  constructor(
    keyring: Keyring,
    counts: DecryptCounts,
    heardStreamOf: (stream: JudgedStream) => HeardStream,
    encryptionOnWire: (stream: JudgedStream) => boolean | undefined,
  ) {
    this.#keyring = keyring
    this.#counts = counts
    this.#heardStreamOf = heardStreamOf
    this.#encryptionOnWire = encryptionOnWire
  }

  /**
   * The packet without SRTP, or as it is where it is plain; undefined where it is left out.
   *
   * @param octets the packet's own
   */
  packet({ position, stream, outcome, tried }: JudgedPacket, octets: Uint8Array): ClearPacket | undefined {
    const counts = this.#counts
    const { kind } = stream.plan.stream
    if (outcome === 'plain') {
      counts.plain[kind]++
      return { octets, roc: kind === 'rtp' ? this.#estimate(stream, octets, 0) : 0 }
    }
    if (tried !== undefined && outcome !== 'failed') {
      const clear = this.#decrypt(position, stream, tried, octets)
      const { suite } = this.#keyring.get(tried.key).master
      const total = outcome === 'verified' ? counts.decrypted : counts.unproven
      if (clear === undefined) counts.unwritable++
      else countOf(total, suite.name)[kind]++
      return clear
    }
    if (outcome === 'failed') counts.failed++
    else {
      counts.unverified++
      if (stream.verdict.protection === 'unknown') counts.ofUnknown++
    }
    return undefined
  }

  #decrypt(position: number, stream: JudgedStream, tried: TriedKey, octets: Uint8Array): ClearPacket | undefined {
    const decryptor = this.#decryptor(tried.key, this.#stateOf(stream).isEncrypted)
    if (stream.plan.stream.kind === 'rtcp') {
      const clear = decryptor.decryptRtcp(octets, 0, octets.length, tried.verdict)
      return clear && { octets: clear, roc: 0 }
    }
    const estimated = this.#estimate(stream, octets, tried.start)
    const roc = tried.roc < 0 ? estimated : tried.roc
    const clear = decryptor.decryptRtp(octets, 0, octets.length, roc)
    if (clear === undefined) return undefined
    const encrypted = this.#stateOf(stream).encryptedExtensions.at(position)
    // Those of RFC 9335 are in the clear with the payload.
    if (encrypted.size > 0 && !isCryptex(octets, 0)) this.#openExtensions(tried.key, clear, roc, encrypted)
    return { octets: clear, roc }
  }

  /** @param packet whose header extensions are decrypted in their place, where that is possible */
  #openExtensions(key: number, packet: Uint8Array, roc: number, ids: ReadonlySet<number>): void {
    const stretches = extensionData(packet, ids)
    if (stretches.length === 0) return
    if (!this.#extensions.has(key)) {
      this.#extensions.set(key, HeaderExtensionDecryptor.of(this.#keyring.get(key).master))
    }
    const decryptor = this.#extensions.get(key)
    if (decryptor === undefined) this.#counts.withEncryptedExtensions++
    else decryptor.decrypt(packet, roc, stretches)
  }

  #estimate(stream: JudgedStream, octets: Uint8Array, start: number): number {
    return this.#stateOf(stream).index.next((octets[2] << 8) | octets[3], start)
  }

  /** @param isEncrypted whether RTP is, where that is not as agreed: a tag says nothing of it (but that of an AEAD suite, RFC 7714 §8.2) */
  #decryptor(key: number, isEncrypted: boolean | undefined): Decryptor {
    const name = `${key} ${isEncrypted}`
    const known = this.#decryptors.get(name)
    if (known !== undefined) return known
    const agreed = deriveSessionKeys(this.#keyring.get(key).master)
    const made = createDecryptor(isEncrypted === undefined ? agreed : { ...agreed, srtpEncrypted: isEncrypted })
    this.#decryptors.set(name, made)
    return made
  }

  /** The same packet as who listens to it wants it; undefined where it is none of RTP. */
  frame(stream: JudgedStream, { octets, roc }: ClearPacket, timestampUs: number): RtpFrame | undefined {
    const fields = readRtp(octets)
    if (fields === undefined) return undefined
    const { sequenceNumber, payloadType, rtpTimestamp, payload } = fields
    const { stream: heard, codecs } = this.#stateOf(stream)
    const { streamId, callId, sender } = heard
    const codec = codecs.get(payloadType)
    const sequence = roc * 0x10000 + sequenceNumber
    return { streamId, callId, sender, codec, payloadType, timestampUs, sequence, rtpTimestamp, payload }
  }

  #stateOf(judged: JudgedStream): StreamState {
    const known = this.#states.get(judged)
    if (known !== undefined) return known
    const state = {
      stream: this.#heardStreamOf(judged),
      codecs: codecsOf(judged),
      index: new UnprovenIndex(),
      encryptedExtensions: new EncryptedExtensions(judged),
      isEncrypted: this.#encryptionOnWire(judged),
    }
    this.#states.set(judged, state)
    return state
  }
}
