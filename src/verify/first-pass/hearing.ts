import { setImmediate as nextTurn } from 'node:timers/promises'
import { C, type Control } from '../control.ts'
import { emptyRingRecord, RingMessage, type RingRecord, type SignallingRing } from './signalling-ring.ts'
import { isPastEnd } from './slab-turns.ts'

/** What the main thread does with what the token's holder hands on, in the trace's order. */
export interface SignallingListener {
  datagram(record: RingRecord): void
  segment(record: RingRecord): void
  /** A whole SIP message that was taken out of its connection. */
  message?(record: RingRecord): void
  /** An ICMP error, from its type on; the ring's addresses are those of whoever sends it and of whom it is sent to. */
  icmp?(record: RingRecord): void
  /** A message of TURN that says what the ways through its server stand for. */
  turn?(record: RingRecord): void
  /** A datagram of DTLS handshake records. */
  dtls?(record: RingRecord): void
  /** A part of a TLS key log that the capture holds, good during the call only; `left` octets of it are still to come. */
  keyLog?(text: Uint8Array, left: number): void
  /** All signalling of a slab was heard: streams known at its end, time of its last record. Keys are given to streams here. */
  slabEnd(streams: number, timeUs: number): void
  /** The first pass has judged all slabs below this number. */
  committed?(slabs: number): void
}

/** How the main thread hears the others, in the trace's order. It never blocks on them: to wait is to hear meanwhile. */
export class Hearing {
  readonly #control: Control
  readonly #ring: SignallingRing
  readonly #listener: SignallingListener
  readonly #onSlab: (slab: number) => void
  readonly #record = emptyRingRecord()
  #failedAt: number | undefined
  #committed = 0

  /** @param onSlab told of each slab whose signalling was heard */
  constructor(control: Control, ring: SignallingRing, listener: SignallingListener, onSlab: (slab: number) => void) {
    this.#control = control
    this.#ring = ring
    this.#listener = listener
    this.#onSlab = onSlab
  }

  /** The position of what was heard last. */
  get position(): number {
    return this.#record.position
  }

  /** The position of what the listener failed at. */
  get failedAt(): number | undefined {
    return this.#failedAt
  }

  /** Hears what the ring holds, and what was committed. Called while waiting, and by the main thread's own walk when the ring is full. */
  readonly drain = (): void => {
    while (this.hear());
    // A slab without media is committed as soon as it was walked.
    const committed = Math.min(this.#control.load(C.Commit), this.#control.load(C.Watermark))
    if (committed === this.#committed) return
    this.#committed = committed
    this.#listener.committed?.(committed)
  }

  /** All of it, with turns for others in between. Other threads can take slabs, but nobody else can hear them. */
  async all(): Promise<void> {
    while (this.hear()) if (this.#record.type === RingMessage.SlabEnd) await nextTurn()
  }

  /** Hears the ring's next record; false where there is none. @throws what the listener failed with */
  hear(): boolean {
    const record = this.#record
    if (!this.#ring.read(record)) return false
    try {
      this.#tell(record)
    } catch (error) {
      this.#failedAt ??= record.position
      throw error
    }
    return true
  }

  #tell(record: RingRecord): void {
    if (record.type === RingMessage.Datagram) this.#listener.datagram(record)
    else if (record.type === RingMessage.Segment) this.#listener.segment(record)
    else if (record.type === RingMessage.Message) this.#listener.message?.(record)
    else if (record.type === RingMessage.Icmp) this.#listener.icmp?.(record)
    else if (record.type === RingMessage.Turn) this.#listener.turn?.(record)
    else if (record.type === RingMessage.Dtls) this.#listener.dtls?.(record)
    else if (record.type === RingMessage.KeyLog) this.#listener.keyLog?.(record.payload, record.announcedLength)
    else if (record.type === RingMessage.SlabEnd) {
      this.#listener.slabEnd(record.streams, record.timeUs)
      this.#control.publish(C.Watermark, record.slab + 1)
      this.#onSlab(record.slab)
    }
  }

  /** Resolves when the condition holds (true) or the scan was aborted (false); hears the ring meanwhile. */
  async until(condition: () => boolean): Promise<boolean> {
    for (;;) {
      const seen = this.#control.load(C.MainWake)
      this.drain()
      if (condition()) return true
      if (this.#control.load(C.Abort) === 1) return false
      const changed = Atomics.waitAsync(this.#control.words, C.MainWake, seen, 50)
      if (changed.async) await changed.value
      else await nextTurn()
    }
  }

  /** The same; false too where the trace ends before the slab. */
  async untilOrEnd(slab: number, condition: () => boolean): Promise<boolean> {
    const control = this.#control
    return (await this.until(() => condition() || isPastEnd(control, slab))) && !isPastEnd(control, slab)
  }
}
