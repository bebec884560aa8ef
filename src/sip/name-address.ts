import type { Parameters } from './message.ts'

/** `[ display-name ] <addr-spec>` or a bare addr-spec, with header parameters (RFC 3261 §20.10). */
export interface NameAddress {
  /** Quotes and escapes removed. */
  readonly display?: string
  /** The addr-spec as written, with its URI parameters. */
  readonly uri: string
  /** Header parameter `tag`. */
  readonly tag?: string
  /** Header parameters. */
  readonly params: Parameters
}
