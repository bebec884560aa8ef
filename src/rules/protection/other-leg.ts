import type { AnalysedCall, TraceFacts } from '../../model/analysis.ts'
import type { JoinedCalls } from '../../model/joined-calls.ts'
import { type AgreedLine, agreedLines, asksForSecurity, firstOf, isProtected } from '../agreement.ts'

/** A plain m= line of a call, and the protected one of the call that it is a leg with. */
export interface OtherLeg {
  readonly line: AgreedLine
  readonly secured: AgreedLine
  readonly certainty: JoinedCalls['certainty']
}

/** The m= lines of calls that are legs of one (another Call-ID on each side of a B2BUA), kept until the last leg is seen. */
export class JoinedLegs {
  readonly #groupOf = new Map<number, JoinedCalls>()
  readonly #linesOf = new Map<JoinedCalls, AgreedLine[]>()

  constructor({ joined }: TraceFacts) {
    for (const group of joined) for (const call of group.calls) this.#groupOf.set(call, group)
  }

  /**
   * Takes in the next call. With the last leg come the lines that are plain although another leg protects that medium,
   * once a call and medium; not those of a call that asks for protection itself.
   */
  add(call: AnalysedCall, index: number): readonly OtherLeg[] {
    const group = this.#groupOf.get(index)
    if (group === undefined) return NO_LEGS
    const lines = [...(this.#linesOf.get(group) ?? []), ...agreedLines(call)]
    if (index !== group.calls.at(-1)) {
      this.#linesOf.set(group, lines)
      return []
    }
    this.#linesOf.delete(group)
    return plainBesideSecured(lines).map((leg) => ({ ...leg, certainty: group.certainty }))
  }
}

const NO_LEGS: readonly OtherLeg[] = []

function plainBesideSecured(lines: readonly AgreedLine[]): { line: AgreedLine; secured: AgreedLine }[] {
  const secured = lines.filter(isProtected)
  const plain = lines.filter((line) => !asksForSecurity(line.offer) && !isProtected(line))
  return firstOf(plain, ({ offer, call }) => `${offer.kind} ${call.callId}`).flatMap((line) => {
    const other = secured.find(({ call, offer }) => call.callId !== line.call.callId && offer.kind === line.offer.kind)
    return other === undefined ? [] : [{ line, secured: other }]
  })
}
