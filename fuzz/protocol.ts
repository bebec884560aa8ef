/** What the fuzzing thread and who watches over it have in common. */
export interface FuzzOrder {
  readonly target: string
  readonly seed: string
  readonly endsAtMs: number
  /** Inputs of earlier runs that reached something new. */
  readonly corpus: readonly Uint8Array[]
  readonly shared: SharedArrayBuffer
}

export type FuzzMessage =
  | { readonly kind: 'kept'; readonly input: Uint8Array }
  | { readonly kind: 'broken'; readonly input: Uint8Array; readonly error: string }
  | { readonly kind: 'done'; readonly executions: number; readonly kept: number; readonly blocks: number }

/** Words at the head of the shared memory, behind which the input of the current execution stands. */
export const Word = { Executions: 0, InputLength: 1, StartedMs: 2, Blocks: 3, Corpus: 4 } as const
export const HEAD_WORDS = 8
export const SHARED_BYTES = HEAD_WORDS * 4 + (1 << 20)
export const LONGEST = 64 << 10
