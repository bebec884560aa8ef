/** RFC 7989 §5: 32 hexadecimal digits. */
const UUID = /^[0-9a-f]{32}$/
/** Stands for an end that is not known yet (RFC 7989 §5). */
const NIL = '0'.repeat(32)

/**
 * The ends of a communication session as a Session-ID value names them: `local;remote=other` (RFC 7989 §5), or one value
 * for both (RFC 7329 §4). The UUIDs that are known, sorted, a space between them: the same text on every hop and in both
 * directions. Undefined where the value is malformed or names nobody.
 */
export function sessionEnds(value: string): string | undefined {
  const [local, ...parameters] = value.toLowerCase().split(';', 8)
  const remote = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('remote='))
  const ends = [local.trim(), remote?.slice('remote='.length).trim() ?? NIL]
  if (!ends.every((end) => UUID.test(end))) return undefined
  const known = ends.filter((end) => end !== NIL).sort()
  return known.length === 0 ? undefined : known.join(' ')
}

/** What two messages of a dialog say together: both ends, once one of them names both. */
export function fullerEnds(known: string | undefined, said: string | undefined): string | undefined {
  return known === undefined || (said !== undefined && said.length > known.length) ? said : known
}
