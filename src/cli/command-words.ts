/** The commands beside the scan. */
export const COMMAND = {
  batch: 'batch',
  keys: 'keys',
  decrypt: 'decrypt',
  live: 'live',
  tls: 'tls',
  rules: 'rules',
  worker: 'worker',
} as const

/** Options of the scan that take no value, by every spelling; all others take one. */
export const SWITCHES: readonly string[] = [
  'anonymize',
  'color',
  'progress',
  'verbose',
  'quiet',
  'q',
  'help',
  'h',
  'version',
]

/** Options of the scan whose value is a capture. */
export const CAPTURES: readonly string[] = ['read', 'r', 'I']
