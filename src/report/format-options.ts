import type { FailOn } from './fail-on.ts'
import type { TextOptions } from './layout.ts'

/** What a format may go by. */
export interface FormatOptions extends TextOptions {
  /** Which findings make the command fail; errors unless told. */
  readonly failOn?: FailOn
}
