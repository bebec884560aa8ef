/** Statuses that ask for credentials (RFC 3261 §22). */
export const CHALLENGES: ReadonlySet<number> = new Set([401, 407])
