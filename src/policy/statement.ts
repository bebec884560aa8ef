import type { NetworkPolicy, Policy, SipPolicy, SrtpPolicy, TlsPolicy } from './policy.ts'

interface Groups {
  readonly srtp: SrtpPolicy
  readonly networks: NetworkPolicy
  readonly sip: SipPolicy
  readonly tls: TlsPolicy
}

type Members<G extends keyof Groups> = `${G}.${keyof Groups[G] & string}`

/** The name of a statement: where it stands in a policy (`srtp.required`). */
export type StatementPath =
  | { [G in keyof Groups]: Members<G> }[keyof Groups]
  | Exclude<keyof Policy, keyof Groups | 'names' | 'userGives'>

export type ValueOf<P extends StatementPath> = P extends `${infer G extends keyof Groups}.${infer M}`
  ? M extends keyof Groups[G]
    ? NonNullable<Groups[G][M]>
    : never
  : P extends keyof Policy
    ? NonNullable<Policy[P]>
    : never

/** What a capture has to hold before it can show whether a statement is kept. */
export type Sight =
  | 'sip'
  | 'sip-over-tls'
  | 'invite'
  | 'register'
  | 'web-socket'
  | 'session'
  | 'srtp-session'
  | 'suite'
  | 'sdes-offer'
  | 'media'
  | 'session-or-media'
  | 'stranger'
  | 'handshake'
  | 'certificate'

/** What is known of one statement: how its value is read, said and judged. */
export interface Statement<T> {
  /** The value of a policy file. @throws ValueProblem */
  readonly read: Reader<T>
  /** What is asked for, as a sentence; nothing where the value asks for nothing. */
  readonly words: (value: T) => string | undefined
  /** Ids of the rules that judge it. */
  readonly judgedBy: readonly string[]
  /** What a capture has to hold for that. */
  readonly shownBy: Sight
}

/** Checks and normalises a value of JSON. `folder` is where relative paths start. @throws ValueProblem */
export type Reader<T> = (value: unknown, folder: string) => T

export type Statements<P extends StatementPath = StatementPath> = { readonly [Q in P]: Statement<ValueOf<Q>> }

/** A statement that is kept or not: `false` asks for nothing, and takes back what an earlier policy asked for. */
export function yes(words: string): (value: boolean) => string | undefined {
  return (value) => (value ? words : undefined)
}
