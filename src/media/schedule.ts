import type { ScheduledKey } from '../srtp/scheduled-key.ts'
import type { MasterKey } from '../srtp/session-keys.ts'
import type { BoundLine } from './binding.ts'
import { type Keyring, ownerInSdp } from './keyring.ts'
import { type Agreement, agreedCrypto, agreementsOf } from './media-line.ts'
import { masterKeysOf } from './sdes-keys.ts'

/** After a re-keying's answer the old key is agreed for this long at most: what is under way, and who takes its time. */
export const CHANGE_GRACE_US = 2_000_000

const FIRST = 0
const FOREVER = Number.POSITIVE_INFINITY

/**
 * The keys that signalling agreed on for the sender of the streams of these lines, each from when and until when, oldest first. The
 * first agreement holds from the start: media may overtake its answer (early media). Exchanges that follow one another
 * in a dialog are agreements in turn; exchanges beside one another (forks, hops) are alternatives.
 */
export function scheduleOf(lines: readonly BoundLine[], keyring: Keyring): readonly ScheduledKey[] {
  const schedule: ScheduledKey[] = []
  for (const line of lines) {
    const agreements = agreementsOf(line.exchange, line.sender)
    for (let nth = 0; nth < agreements.length; nth++) addKeysOf(schedule, line, nth, agreements[nth], keyring)
  }
  if (schedule.length === 0) return NO_KEYS
  // A list that was put together keeps room for more, and most streams have one key.
  return schedule.length === 1 ? [schedule[0]] : withoutRepetition(schedule)
}

export const NO_KEYS: readonly ScheduledKey[] = []

/** Adds the keys that the nth agreement of an exchange is about. */
function addKeysOf(
  schedule: ScheduledKey[],
  line: BoundLine,
  nth: number,
  agreement: Agreement,
  keyring: Keyring,
): void {
  const { exchange, index, sender } = line
  // What was answered provisionally was a session of its own (early media), whatever became of the call.
  const refused = exchange.state === 'refused' && (exchange.previous !== undefined || exchange.answers.length === 0)
  const until = refused && exchange.refusedAt !== undefined ? exchange.refusedAt.position : FOREVER
  const { depth } = exchange
  const { own, answer } = agreement
  const begins = nth === 0 ? exchange.offer : (answer ?? own)
  for (const crypto of agreedCrypto(index, sender, agreement)) {
    for (const master of masterKeysOf(crypto).flatMap(usesOf)) {
      const known = keyring.add(master, ownerInSdp(exchange, index, sender, crypto.tag))
      if (known === undefined) continue
      schedule.push({
        key: known.number,
        agreement: agreementNumber(depth, nth),
        from: depth === 0 && nth === 0 ? FIRST : begins.at.position,
        until,
        replacesUs: (answer?.at.timeUs ?? FOREVER) + CHANGE_GRACE_US,
        roc: 0,
      })
    }
  }
}

/** Exchanges of a dialog follow one another, and within each its answers do. */
export function agreementNumber(depth: number, nth: number): number {
  return depth * ANSWERS_APART + Math.min(nth, ANSWERS_APART - 1)
}

const ANSWERS_APART = 8

/** A key as it was agreed, and with the tags that UNAUTHENTICATED_SRTP takes away (RFC 4568 §6.3.3): senders send them all the same. */
function usesOf(master: MasterKey): readonly MasterKey[] {
  if (master.parameters?.unauthenticatedSrtp !== true) return [master]
  return [master, { ...master, parameters: { ...master.parameters, unauthenticatedSrtp: false } }]
}

/**
 * Leaves out what an agreement repeats of the one before it: a session refresh, a hold that keeps the keys. The key
 * then goes on as it was.
 */
function withoutRepetition(schedule: ScheduledKey[]): ScheduledKey[] {
  schedule.sort((a, b) => a.agreement - b.agreement || a.from - b.from || a.key - b.key)
  const kept: ScheduledKey[][] = []
  let current = new Set<number>()
  for (let n = 0; n < schedule.length; ) {
    const agreement = schedule[n].agreement
    const group = new Map<number, ScheduledKey>()
    for (; n < schedule.length && schedule[n].agreement === agreement; n++) {
      addTo(group, schedule[n])
    }
    const keys = new Set(group.keys())
    const repeats = keys.size === current.size && [...keys].every((key) => current.has(key))
    const entries = [...group.values()]
    if (repeats) continue
    kept.push(entries)
    if (isLasting(entries)) current = keys
  }
  return withoutOldest(kept)
}

/** Agreements that may stand beside one another: so many are tried for a packet that verifies under none of them. */
const MOST_STANDING = 32

/**
 * A sender has 2 s to change over to a key. Who agrees on more keys than these within that time has the oldest ones taken
 * from him; one that was refused takes none.
 */
function withoutOldest(agreements: readonly ScheduledKey[][]): ScheduledKey[] {
  const begins = agreements.filter(isLasting).map((entries) => Math.min(...entries.map(({ from }) => from)))
  let before = 0
  return agreements.flatMap((entries) => {
    const end = begins[before + MOST_STANDING] ?? FOREVER
    if (isLasting(entries)) before++
    return end === FOREVER ? entries : entries.map((entry) => ({ ...entry, until: Math.min(entry.until, end) }))
  })
}

function isLasting(entries: readonly ScheduledKey[]): boolean {
  return entries.some(({ until }) => until === FOREVER)
}

/**
 * One key may come by several offers of an agreement: sent again with credentials after a 401 or 407, forked, passed
 * on by a proxy. It is agreed as long as any of them stands, whichever was refused.
 */
function addTo(group: Map<number, ScheduledKey>, entry: ScheduledKey): void {
  const known = group.get(entry.key)
  if (known === undefined) group.set(entry.key, entry)
  else {
    group.set(entry.key, {
      ...known,
      from: Math.min(known.from, entry.from),
      until: Math.max(known.until, entry.until),
      replacesUs: Math.min(known.replacesUs, entry.replacesUs),
    })
  }
}
