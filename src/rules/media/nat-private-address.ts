import { addressOf } from '../../bytes/endpoint.ts'
import type { AnalysedCall, AnalysedStream, DescribedFact, DescribedMedia } from '../../model/analysis.ts'
import { classifyAddress } from '../../net/addresses.ts'
import { firstOf, hopText } from '../agreement.ts'
import { isPrivate, isSameFamily, isSameSite } from '../private-space.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from '../rule.ts'
import { sideOf } from './call-sides.ts'

const text: RuleText = {
  id: 'nat-private-address',
  severity: 'error',
  title: 'A private address is given to a peer that cannot reach it',
  meaning:
    'The peer sends its media, or its next request, to an address that ends at the first router: one side hears nothing.',
  shows:
    'An RFC 1918, RFC 6598, link-local, unique-local or loopback address in c=, a=rtcp, o= or Contact of a packet that crossed public ground.',
  causes: [
    'a phone or PBX behind NAT without STUN, ICE or a configured external address',
    'an SBC that does not rewrite SDP on this trunk',
    'a SIP ALG that rewrites some headers and forgets others',
  ],
  remedy:
    'Set the external address on the device, let the SBC anchor the media, or use ICE with a reachable candidate.',
  references: ['RFC 3264 §5', 'RFC 1918 §3', 'RFC 6314 §4'],
  kinds: ['connection', 'origin', 'contact'],
}

export const natPrivateAddress = defineRule(text, (trace) => ({
  call: (call, _, streams) => {
    const suspects = suspectsOf(call)
    if (suspects.length === 0) return NO_FINDINGS
    const seen = seenInMedia(streams)
    const leaks = suspects.filter((one) => isLeak(one, seen))
    return told(leaks, call).map(({ kind, address, where, described }) =>
      finding(text, trace, {
        kind,
        severity: kind === 'connection' ? undefined : 'warning',
        detail:
          `Frame ${described.at.frame} (${hopText(described)}) gives ${address} in ${where}, ` +
          `which ${described.destination.address} cannot reach.`,
        callId: call.callId,
        at: [described.at],
        evidence: { address, where, sentFrom: described.source.address, sentTo: described.destination.address },
      }),
    )
  },
}))

/** A private address in a description that comes from another. */
interface Leak {
  readonly kind: 'connection' | 'origin' | 'contact'
  readonly address: string
  readonly where: string
  readonly described: DescribedFact
}

/** What a call's media shows of private addresses. */
interface SeenInMedia {
  /** Those that packets of their owner were seen to leave under another address, and under which. */
  readonly translated: ReadonlyMap<string, string>
  /** Those that media went to and came from, of another private address: its network is the peer's too. */
  readonly shared: ReadonlySet<string>
}

/**
 * Each leak once a kind, address and side of the call, for both may well have the same private address; o= adds nothing to a c=
 * that gives the same.
 */
function told(leaks: readonly Leak[], call: AnalysedCall): Leak[] {
  const sided = leaks.map((leak) => ({ ...leak, side: sideOf(call, leak.described) }))
  return firstOf(sided, ({ kind, side, address }) => `${kind} ${side} ${address}`).filter(
    (leak, _, all) =>
      leak.kind !== 'origin' ||
      !all.some(({ kind, side, address }) => kind === 'connection' && side === leak.side && address === leak.address),
  )
}

function suspectsOf(call: AnalysedCall): readonly Leak[] {
  const suspects: Leak[] = []
  for (const { offer, answers } of call.exchanges) {
    addSuspects(suspects, offer)
    for (const answer of answers) addSuspects(suspects, answer)
  }
  return suspects
}

function addSuspects(suspects: Leak[], described: DescribedFact): void {
  const { media, originAddress, contactAddress } = described
  for (const one of media) {
    if (!isOpen(one)) continue
    const { kind, connectionAddress, rtcpAddress } = one
    if (isForeign(connectionAddress, described))
      suspects.push({ kind: 'connection', address: connectionAddress, where: `c= of the ${kind}`, described })
    if (rtcpAddress !== connectionAddress && isForeign(rtcpAddress, described))
      suspects.push({ kind: 'connection', address: rtcpAddress, where: `a=rtcp of the ${kind}`, described })
  }
  // Loopback in o= is there to say nothing (RFC 8829 §5.2.1), and nobody sends to it.
  if (isForeign(originAddress, described) && !isLoopback(originAddress))
    suspects.push({ kind: 'origin', address: originAddress, where: 'o=', described })
  if (isForeign(contactAddress, described))
    suspects.push({ kind: 'contact', address: contactAddress, where: 'Contact', described })
}

/** Private, and another than the description comes from. */
function isForeign(address: string | undefined, { source }: DescribedFact): address is string {
  return address !== undefined && address !== source.address && isPrivate(address)
}

/**
 * Wanted, and without an ICE candidate that can be reached (RFC 8445 §5.1.1): all of its lines have to be there to say so. A
 * name of mDNS stands for a private address.
 */
function isOpen({ rejected, isCut, candidateAddresses }: DescribedMedia): boolean {
  if (rejected || isCut) return false
  return candidateAddresses.every((address) => isPrivate(address) || address.endsWith('.local'))
}

/**
 * Whether the packet that carries it travels between public addresses or comes from another address than the one it gives.
 * Within private space another address alone proves nothing (a proxy passes on what a phone of the same network wrote):
 * there the media must be seen to come from the address that the signalling comes from too. A loopback address is nobody
 * else's in any network.
 */
function isLeak({ described: { source, destination }, address }: Leak, { translated, shared }: SeenInMedia): boolean {
  if (shared.has(address)) return false
  if (isLoopback(address)) return !isLoopback(source.address)
  const seenFrom = translated.get(address)
  const isPublic = [source, destination].map((end) => !isPrivate(end.address))
  // Of the other family nothing is known but that two sites do not share one private network.
  if (!isSameFamily(address, source.address))
    return seenFrom !== undefined || (!isPublic.includes(false) && !isSameSite(source.address, destination.address))
  return isPublic.includes(true) || seenFrom === source.address
}

function isLoopback(address: string): boolean {
  return classifyAddress(address) === 'loopback'
}

function seenInMedia(streams: readonly AnalysedStream[]): SeenInMedia {
  return { translated: translatedIn(streams), shared: sharedIn(streams) }
}

function translatedIn(streams: readonly AnalysedStream[]): Map<string, string> {
  const translated = new Map<string, string>()
  for (const { agreedSource, source } of streams) {
    const agreed = agreedSource === undefined ? undefined : addressOf(agreedSource)
    if (agreed === undefined || agreed === source.address || !isSameFamily(agreed, source.address)) continue
    translated.set(agreed, source.address)
  }
  // Seen under its own name too: the capture stands where the address holds.
  for (const { source } of streams) translated.delete(source.address)
  return translated
}

function sharedIn(streams: readonly AnalysedStream[]): Set<string> {
  const within = streams.filter(
    ({ source, destination }) => isPrivate(source.address) && isPrivate(destination.address),
  )
  const reached = new Set(within.map(({ destination }) => destination.address))
  return new Set(within.flatMap(({ source: { address } }) => (reached.has(address) ? [address] : [])))
}
