import { addToList } from '../bytes/lists-by-key.ts'
import { Remembered } from '../bytes/remembered.ts'
import { NO_RELAY } from '../net/turn.ts'
import { F, I, NO_KEYING, type StreamTable } from '../rtp/stream-table.ts'
import { currentAnswer } from '../sdp/exchange.ts'
import type { KeyEntry } from '../srtp/keys-file.ts'
import type { PlainStretch } from '../srtp/plain-stretch.ts'
import type { ScheduledKey } from '../srtp/scheduled-key.ts'
import type { UnseenStretch } from '../srtp/unseen-stretch.ts'
import type { DtlsAssociations } from '../tls/dtls-associations.ts'
import type { Binder } from './binder.ts'
import { areShared, type Binding, type BoundLine } from './binding.ts'
import { dtlsScheduleOf, ownerOf, writeKeysOf } from './dtls-keys.ts'
import { FileKeys, registerEntries } from './file-keys.ts'
import type { Keyring } from './keyring.ts'
import { showsMasksOnly } from './masked-keys.ts'
import { agreedKeying, answersTaking, isProtecting, type Keying, mediaOf } from './media-line.ts'
import { flowOf, type ObservedStream, observedStream } from './observed-stream.ts'
import { acceptedLines } from './own-lines.ts'
import { NO_STRETCHES, plainStretches } from './plain-stretches.ts'
import { NO_KEYS, scheduleOf } from './schedule.ts'
import { NO_UNSEEN, unseenStretches } from './unseen-agreements.ts'

/** What is known of a stream's keys: what signalling says of it, and the keys that judge it. */
export interface StreamKeying {
  readonly binding: Binding | undefined
  /** By the last exchange that names the stream; undefined where its descriptions were not captured as far as that. */
  readonly keying: Keying | undefined
  readonly keys: readonly ScheduledKey[]
  /** When a session that is keyed was agreed to be plain. */
  readonly plain: readonly PlainStretch[]
  /** When the session went by an agreement that was not captured. */
  readonly unseen?: readonly UnseenStretch[] | undefined
  /** Its last DTLS handshake was one of DTLS 1.3, which is not read. */
  readonly hidden: boolean
  /** Masks stand where signalling gave the sender keys: what they decode to may be keys all the same, where packets verify. */
  readonly masked?: boolean
  /** From this position of the trace on it is the media of a next call (next-calls.ts), and was not told apart. */
  readonly nextCallFrom?: number
  /** One of the next calls is protected. */
  readonly isNextProtected?: boolean
  /** Whose keys these are. */
  readonly source: 'sdp' | 'dtls' | 'keys-file' | 'none'
}

/** What the lines of a binding say, whichever of its streams is asked about. */
interface Agreement {
  readonly keying: Keying | undefined
  readonly agreed: readonly ScheduledKey[]
  readonly masked: boolean
  readonly plain: readonly PlainStretch[]
  readonly unseen: readonly UnseenStretch[]
}

const NOTHING_AGREED: Agreement = {
  keying: 'none',
  agreed: NO_KEYS,
  masked: false,
  plain: NO_STRETCHES,
  unseen: NO_UNSEEN,
}
/** Agreements that are kept at a time. */
const MOST_AGREEMENTS = 1024

/**
 * Decides which keys judge a stream. While the first pass runs this is a guess from what was heard so far, worth its
 * speed: one key for a stream, given to the threads below the watermark. At the end it is asked again with everything
 * known, and where the guess does not hold the stream is judged anew.
 */
export class StreamKeys {
  readonly #table: StreamTable
  readonly #binder: Binder
  readonly #dtls: DtlsAssociations
  readonly #keyring: Keyring
  readonly #fileKeys: FileKeys
  /** A one-shot input cannot be judged anew: keys-file keys then wait for the end. */
  readonly #oneShot: boolean
  readonly #agreements = new Remembered<readonly BoundLine[], Agreement>(MOST_AGREEMENTS)
  readonly #streamsOfCall = new Map<string, number[]>()
  /** How often the keys of a call's streams were asked for again. */
  readonly #askedOfCall = new Map<string, number>()
  /** Streams that DTLS gave a key to, by source and destination. */
  readonly #streamsOfFlow = new Map<string, number[]>()

  constructor(
    table: StreamTable,
    binder: Binder,
    dtls: DtlsAssociations,
    keyring: Keyring,
    entries: readonly KeyEntry[],
    oneShot: boolean,
  ) {
    this.#table = table
    this.#binder = binder
    this.#dtls = dtls
    this.#keyring = keyring
    this.#fileKeys = new FileKeys(entries)
    this.#oneShot = oneShot
  }

  /** Everything known about a stream's keys by now. */
  keyingOf(stream: ObservedStream): StreamKeying {
    const binding = this.#binder.bind(stream)
    const { keying, agreed, masked, plain, unseen } =
      binding === undefined ? NOTHING_AGREED : this.#agreementOf(binding)
    const isDtls = this.#dtls.any
    const hidden = isDtls && this.#dtls.between(stream.source, stream.destination).at(-1)?.isHidden === true
    if (isDtls && (agreed.length === 0 || (binding !== undefined && agreesOnDtlsToo(binding)))) {
      const exported = dtlsScheduleOf(this.#dtls, stream, this.#keyring) ?? NO_KEYS
      if (exported.length > 0) return { binding, keying, keys: exported, plain: NO_STRETCHES, source: 'dtls', hidden }
    }
    if (agreed.length === 0 || masked) {
      const given = this.#fileKeys.candidatesFor(stream, binding?.callId, this.#keyring)
      const keys = [...given, ...agreed.filter(({ key }) => !given.some((one) => one.key === key))]
      const source = given.length > 0 ? 'keys-file' : agreed.length > 0 ? 'sdp' : 'none'
      return { binding, keying, keys, plain, source, hidden, ...(masked && { masked }) }
    }
    if (unseen.length === 0) return { binding, keying, keys: agreed, plain, source: 'sdp', hidden }
    const others = this.#fileKeys
      .candidatesFor(stream, binding?.callId, this.#keyring)
      .filter((one) => !agreed.some(({ key }) => key === one.key))
    const keys = [...unseen.flatMap((stretch) => others.map((one) => asOf(stretch, one))), ...agreed]
    keys.sort((a, b) => a.agreement - b.agreement)
    return { binding, keying, keys, plain, source: 'sdp', hidden, unseen }
  }

  /** Lists of lines are shared by the streams of one binding, and made anew where anything changes. */
  #agreementOf({ lines }: Binding): Agreement {
    return areShared(lines) ? this.#agreements.of(lines, () => this.#agreed(lines)) : this.#agreed(lines)
  }

  #agreed(lines: readonly BoundLine[]): Agreement {
    const keying = keyingOfLines(lines)
    const agreed = scheduleOf(lines, this.#keyring)
    return {
      keying,
      agreed,
      masked: showsMasksOnly(lines),
      plain: agreed.length > 0 || isProtecting(keying) ? plainStretches(acceptedLines(lines)) : NO_STRETCHES,
      unseen: unseenStretches(lines),
    }
  }

  /** False where nothing that is known by now has to do with a stream: told by its numbers, before it is put into words. */
  mayConcern(id: number): boolean {
    if (this.#fileKeys.entries.length > 0 || this.#dtls.any) return true
    const { ints } = this.#table
    const i = this.#table.intsAt(id)
    const ports = ints[i + I.Ports]
    const isRelayed = ints[i + I.AddressLength] >>> 16 !== NO_RELAY
    if (isRelayed && this.#table.turn.mayName(ports >>> 16, ports & 0xffff)) {
      const { sourcePort, destinationPort, ssrc } = flowOf(this.#table, id)
      return this.#binder.mayName(sourcePort, destinationPort, ssrc)
    }
    return this.#binder.mayName(ports >>> 16, ports & 0xffff, ints[i + I.Ssrc] >>> 0)
  }

  /** Whether any key may judge a stream, by what is known by now. */
  areKnownFor(id: number): boolean {
    const stream = observedStream(this.#table, id)
    return stream !== undefined && this.keyingOf(stream).keys.length > 0
  }

  /** Puts every key of the keys files and of DTLS into the ring, whatever streams there are for it. */
  registerEntries(): void {
    registerEntries(this.#fileKeys.entries, this.#keyring)
    for (const association of this.#dtls.all) {
      const keys = writeKeysOf(association)
      if (keys === undefined) continue
      for (const sender of ['client', 'server'] as const) this.#keyring.add(keys[sender], ownerOf(association, sender))
    }
  }

  /** Gives the streams [from, to), seen for the first time, the key that they will most likely verify under. */
  guess(from: number, to: number): void {
    for (let id = from; id < to; id++) {
      const stream = this.mayConcern(id) ? observedStream(this.#table, id) : undefined
      if (stream === undefined) continue
      const keying = this.keyingOf(stream)
      const isLeft = this.#askedOfCall.get(keying.binding?.callId ?? '') === ALL_LEFT
      const key = isLeft ? 0 : this.#guessedKey(keying)
      this.#table.ints[this.#table.intsAt(id) + I.Key] = key
      if (keying.binding !== undefined) addToList(this.#streamsOfCall, keying.binding.callId, id)
      if (keying.source === 'dtls') addToList(this.#streamsOfFlow, `${stream.source} ${stream.destination}`, id)
    }
  }

  /** Streams that belonged to a call when they were first seen. */
  streamsOf(callId: string): readonly number[] {
    return this.#streamsOfCall.get(callId) ?? []
  }

  /** Calls are let go, and streams have new numbers: -1 is none any more. */
  release(callIds: ReadonlySet<string>, moved: Int32Array): void {
    for (const callId of callIds) {
      this.#streamsOfCall.delete(callId)
      this.#askedOfCall.delete(callId)
    }
    for (const streams of [this.#streamsOfCall, this.#streamsOfFlow]) {
      for (const [name, ids] of streams) {
        const kept = ids.map((id) => moved[id]).filter((id) => id >= 0)
        if (kept.length === 0) streams.delete(name)
        else streams.set(name, kept)
      }
    }
  }

  /** An offer, an answer or a refusal of a call: a stream whose key may change by it is left to the second pass from there on. */
  changed(callId: string, position: number): void {
    const streams = this.#streamsOfCall.get(callId)
    const asked = this.#askedOfCall.get(callId) ?? 0
    if (streams === undefined || asked === ALL_LEFT) return
    const isLast = asked + streams.length > MOST_ASKED
    this.#askedOfCall.set(callId, isLast ? ALL_LEFT : asked + streams.length)
    this.#leave(streams, position, isLast)
  }

  /** The same where a DTLS handshake gives new keys to the streams between two endpoints. */
  keyed(one: string, other: string, position: number): void {
    this.#leave(this.#streamsOfFlow.get(`${one} ${other}`) ?? [], position)
    this.#leave(this.#streamsOfFlow.get(`${other} ${one}`) ?? [], position)
  }

  /** @param all whatever their keys are now */
  #leave(ids: readonly number[], position: number, all = false): void {
    for (const id of ids) {
      const f = this.#table.floatsAt(id) + F.KeyUntil
      const given = this.#table.ints[this.#table.intsAt(id) + I.Key]
      if (given === 0 || this.#table.floats[f] !== 0) continue
      if (all || this.#keyNow(id) !== given) this.#table.floats[f] = position + 1
    }
  }

  #keyNow(id: number): number {
    return this.#guessedKey(this.keyingOf(observedStream(this.#table, id) as ObservedStream))
  }

  #guessedKey({ binding, keying, keys, plain, source }: StreamKeying): number {
    // The first pass knows of no stretch that was agreed to be plain: RTCP in the clear would count as a fault.
    if (plain.length > 0) return 0
    // Nor when a key is no longer agreed, as behind a refusal.
    const only = keys.length === 1 && keys[0].until === Number.POSITIVE_INFINITY ? keys[0] : undefined
    if (only?.roc === 0 && !(this.#oneShot && source === 'keys-file')) return only.key
    const settled =
      binding !== undefined && currentAnswer(binding.lines[binding.lines.length - 1].exchange) !== undefined
    return settled && keys.length === 0 && keying === 'none' ? NO_KEYING : 0
  }
}

/**
 * To ask for a stream's key again takes the longer the more its call has agreed on, and each message may change it. After
 * so many times the second pass has all of the call's streams, whose verdicts are the same.
 */
const MOST_ASKED = 64
const ALL_LEFT = Number.POSITIVE_INFINITY

/** Both sides gave crypto lines and fingerprints: the handshake on the flow says which is used. */
function agreesOnDtlsToo({ lines }: Binding): boolean {
  return lines.some(({ exchange, index }) => {
    const sides = [mediaOf(exchange.offer, index), mediaOf(currentAnswer(exchange), index)]
    return sides.every((media) => (media?.fingerprints.length ?? 0) > 0)
  })
}

/** A key of a file may be the one of an agreement that was not captured. */
function asOf({ agreement, from }: UnseenStretch, entry: ScheduledKey): ScheduledKey {
  return { ...entry, agreement, from: Math.max(from, entry.from) }
}

/**
 * A stream that was ever agreed to be protected is one that should be. An offer that was refused changes nothing; where there
 * is no other, it still says how the early media of the call was keyed.
 */
function keyingOfLines(lines: readonly BoundLine[]): Keying | undefined {
  let keying: Keying | undefined = 'none'
  for (const { exchange, index } of acceptedLines(lines.some(isRefused) ? notRefused(lines) : lines)) {
    for (const answer of answersTaking(exchange, index)) {
      const agreed = agreedKeying(exchange, index, answer)
      if (agreed === undefined ? keying === 'none' : agreed !== 'none') keying = agreed
    }
  }
  return keying
}

function isRefused({ exchange }: BoundLine): boolean {
  return exchange.state === 'refused'
}

function notRefused(lines: readonly BoundLine[]): readonly BoundLine[] {
  const held = lines.filter((line) => !isRefused(line))
  return held.length > 0 ? held : lines
}
