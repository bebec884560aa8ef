import type { SessionSecrets } from './session-secrets.ts'

/** Secrets that were given and opened nothing: they belong to other connections, or cannot open such as these. */
const UNUSED_SECRETS = ['key-log-matches-nothing', 'private-keys-open-nothing'] as const
export type UnusedSecrets = (typeof UNUSED_SECRETS)[number]

export function unusedSecrets({ keyLog, privateKeysOpenNothing }: SessionSecrets): UnusedSecrets[] {
  const unused = [keyLog.matchesNothing, privateKeysOpenNothing]
  // Where the log opened something, no key had to.
  return UNUSED_SECRETS.filter((_, n) => unused[n] && !(n === 1 && keyLog.matchesSomething))
}

export function isUnusedSecrets(reason: string): reason is UnusedSecrets {
  return (UNUSED_SECRETS as readonly string[]).includes(reason)
}
