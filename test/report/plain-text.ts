import type { FormatOptions } from '../../src/report/format-options.ts'

/** Text as where nobody said how it is to be set. */
export const PLAIN_TEXT: FormatOptions = { width: 80, color: false, quiet: false, verbose: false }
