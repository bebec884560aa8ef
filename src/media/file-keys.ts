import type { AddressSelector, KeyEntry } from '../srtp/keys-file.ts'
import type { ScheduledKey } from '../srtp/scheduled-key.ts'
import type { KeyOwner, Keyring } from './keyring.ts'
import type { ObservedStream } from './observed-stream.ts'

/**
 * The keys-file entries that may judge a stream: all whose selectors do not exclude it. A Call-ID excludes only where
 * signalling says that the stream belongs to another call.
 */
export function candidatesFor(
  entries: readonly KeyEntry[],
  stream: ObservedStream,
  callId: string | undefined,
  keyring: Keyring,
): ScheduledKey[] {
  const schedule: ScheduledKey[] = []
  for (const entry of entries) {
    if (entry.callId !== undefined && callId !== undefined && entry.callId !== callId) continue
    if (entry.ssrc !== undefined && entry.ssrc >>> 0 !== stream.ssrc) continue
    if (!selects(entry.src, stream.sourceAddress, stream.sourcePort, stream.kind)) continue
    if (!selects(entry.dst, stream.destinationAddress, stream.destinationPort, stream.kind)) continue
    const known = keyring.add(entry.master, ownerOf(entry))
    if (known === undefined || schedule.some((scheduled) => scheduled.key === known.number)) continue
    const always = { from: 0, until: Number.POSITIVE_INFINITY, replacesUs: Number.POSITIVE_INFINITY }
    schedule.push({ key: known.number, agreement: 0, ...always, roc: entry.roc ?? 0 })
  }
  return schedule
}

/** Puts the keys of all entries into the ring: an entry explains also where it judges nothing. */
export function registerEntries(entries: readonly KeyEntry[], keyring: Keyring): void {
  for (const entry of entries) keyring.add(entry.master, ownerOf(entry))
}

function ownerOf({ callId, label }: KeyEntry): KeyOwner {
  return {
    source: 'keys-file',
    ...(callId !== undefined && { callId }),
    ...(label !== undefined && { label }),
  }
}

/** A selector's port is that of the RTP; RTCP may use it too (RFC 5761) or the one above (RFC 3550 §11). */
function selects(selector: AddressSelector | undefined, address: string, port: number, kind: 'rtp' | 'rtcp'): boolean {
  if (selector === undefined) return true
  const samePort =
    selector.port === undefined || selector.port === port || (kind === 'rtcp' && selector.port + 1 === port)
  if (selector.address === address && samePort) return true
  return selector.otherwise !== undefined && selects(selector.otherwise, address, port, kind)
}
