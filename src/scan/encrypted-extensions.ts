import { firstFrom } from '../bytes/first-from.ts'
import type { BoundLine } from '../media/binding.ts'
import { mediaOf } from '../media/media-line.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'

/** Numbers of the header extensions that SRTP encrypts, from a packet on. */
interface AgreedExtensions {
  readonly from: number
  readonly ids: ReadonlySet<number>
}

/**
 * Numbers of the header extensions of a stream that SRTP encrypts (RFC 6904 §4). The answer says which of the offered ones are used,
 * and a later agreement may give the same number to one that is not encrypted.
 */
export class EncryptedExtensions {
  readonly #agreed: readonly AgreedExtensions[]

  constructor({ plan }: JudgedStream) {
    const lines = plan.keying.binding?.lines ?? []
    this.#agreed = lines.flatMap(agreedBy).sort((one, other) => one.from - other.from)
  }

  /** What holds at a position of the trace; before the first answer it is what that answer says. */
  at(position: number): ReadonlySet<number> {
    const next = firstFrom(this.#agreed, ({ from }) => from > position)
    return this.#agreed[Math.max(0, next - 1)]?.ids ?? NONE
  }
}

/** An offer holds where nobody saw what it was answered. */
function agreedBy({ exchange: { offer, answers }, index }: BoundLine): readonly AgreedExtensions[] {
  return (answers.length > 0 ? answers : [offer]).map((described) => ({
    from: described.at.position,
    ids: new Set(mediaOf(described, index)?.encryptedExtensions),
  }))
}

const NONE: ReadonlySet<number> = new Set()
