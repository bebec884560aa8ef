import type { Arbitrary } from 'fast-check'

/** A reader of octets that strangers wrote, and what it promises about any of them. */
export interface FuzzTarget {
  readonly name: string
  /** Inputs to begin with; the more corners of the reader they reach, the better. */
  seeds(): Iterable<Uint8Array> | Promise<Iterable<Uint8Array>>
  /** Inputs that have the structure which blind changes would take too long to find. */
  readonly made?: Arbitrary<Uint8Array>
  /** Words of the syntax, to be set into inputs. */
  readonly words?: readonly (string | Uint8Array)[]
  /** Octets that an input may have at most; 64 KiB unless told. */
  readonly longest?: number
  /** Milliseconds that an execution may take on a slow machine; 5,000 unless told. */
  readonly patienceMs?: number
  /** Throws where the reader breaks a promise. */
  run(input: Uint8Array): void | Promise<void>
}

/** Says that a promise was broken. */
export function promise(kept: boolean, what: string): asserts kept {
  if (!kept) throw new Error(`a promise is broken: ${what}`)
}

/** The same for two values that have to be equal as JSON. */
export function promiseSame(one: unknown, other: unknown, what: string): void {
  const [first, second] = [one, other].map((value) => JSON.stringify(value))
  if (first === second) return
  let at = 0
  while (first[at] === second[at]) at++
  const near = (text: string) => text.slice(Math.max(0, at - 60), at + 60)
  throw new Error(`a promise is broken: ${what}: …${near(first)}… and …${near(second)}…`)
}
