import type { AnalysedCall, DescribedFact, DescribedMedia, TraceFacts } from '../model/analysis.ts'
import { firstOf, hopText } from './agreement.ts'
import { type CallSide, sideOf } from './call-sides.ts'
import { isPrivate, isSameFamily } from './private-space.ts'
import { defineRule, finding, type RuleText } from './rule.ts'

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

export const natPrivateAddress = defineRule(text, (trace) => {
  const translated = translatedAddresses(trace)
  return {
    call: (call, index) =>
      told(leaksOf(call, translated.get(index) ?? NONE)).map(({ kind, address, where, described }) =>
        finding(text, trace, {
          kind,
          ...(kind !== 'connection' && { severity: 'warning' as const }),
          detail:
            `Frame ${described.at.frame} (${hopText(described)}) gives ${address} in ${where}, ` +
            `which ${described.destination.address} cannot reach.`,
          callId: call.callId,
          at: [described.at],
          evidence: { address, where, sentFrom: described.source.address, sentTo: described.destination.address },
        }),
      ),
  }
})

const NONE: Translated = new Map()

interface Leak {
  readonly kind: 'connection' | 'origin' | 'contact'
  readonly address: string
  readonly where: string
  readonly described: DescribedFact
  /** Whose description it is: both sides of a call may well have the same private address. */
  readonly side: CallSide
}

/** By call: private addresses that packets of their owner were seen to leave under another one, and under which. */
type Translated = ReadonlyMap<string, string>

/** Each leak once a side, kind and address; o= adds nothing to a c= that gives the same. */
function told(leaks: readonly Leak[]): Leak[] {
  return firstOf(leaks, ({ kind, side, address }) => `${kind} ${side} ${address}`).filter(
    (leak, _, all) =>
      leak.kind !== 'origin' ||
      !all.some(({ kind, side, address }) => kind === 'connection' && side === leak.side && address === leak.address),
  )
}

function leaksOf(call: AnalysedCall, translated: Translated): Leak[] {
  const leaks: Leak[] = []
  for (const { offer, answers } of call.exchanges) {
    for (const described of [offer, ...answers]) addLeaks(leaks, call, described, translated)
  }
  return leaks
}

function addLeaks(leaks: Leak[], call: AnalysedCall, described: DescribedFact, translated: Translated): void {
  const add = (kind: Leak['kind'], address: string | undefined, where: () => string): void => {
    if (address === undefined || !isLeak(described, address, translated)) return
    leaks.push({ kind, address, where: where(), described, side: sideOf(call, described) })
  }
  for (const media of described.media) {
    if (!isOpen(media)) continue
    add('connection', media.connectionAddress, () => `c= of the ${media.kind}`)
    if (media.rtcpAddress !== media.connectionAddress)
      add('connection', media.rtcpAddress, () => `a=rtcp of the ${media.kind}`)
  }
  add('origin', described.originAddress, () => 'o=')
  add('contact', described.contactAddress, () => 'Contact')
}

/** Wanted, and without an ICE candidate that can be reached (RFC 8445 §5.1.1). */
function isOpen({ rejected, candidateAddresses }: DescribedMedia): boolean {
  return !rejected && candidateAddresses.every(isPrivate)
}

/**
 * Private, while the packet that carries it travels between public addresses or comes from another address than the one
 * it gives. Within private space, and where the packet is of the other address family, another address alone proves
 * nothing (a proxy passes on what a phone of the same network wrote): there the media must be seen to come from another
 * address, within private space the one that the signalling comes from too.
 */
function isLeak({ source, destination }: DescribedFact, address: string, translated: Translated): boolean {
  if (!isPrivate(address) || address === source.address) return false
  const crossesPublicGround = !isPrivate(source.address) || !isPrivate(destination.address)
  const seenFrom = translated.get(address)
  if (!isSameFamily(address, source.address)) return seenFrom !== undefined
  return crossesPublicGround || seenFrom === source.address
}

function translatedAddresses({ streams }: TraceFacts): ReadonlyMap<number, Translated> {
  const translated = new Map<number, Map<string, string>>()
  for (const stream of streams) {
    const agreed = stream.agreedSource === undefined ? undefined : addressOf(stream.agreedSource)
    if (stream.call === undefined || agreed === undefined || agreed === stream.source.address) continue
    if (!isSameFamily(agreed, stream.source.address)) continue
    const ofCall = translated.get(stream.call)
    if (ofCall === undefined) translated.set(stream.call, new Map([[agreed, stream.source.address]]))
    else ofCall.set(agreed, stream.source.address)
  }
  for (const { call, source } of streams) {
    // Seen under its own name too: the capture stands where the address holds.
    if (call !== undefined) translated.get(call)?.delete(source.address)
  }
  return translated
}

/** `10.0.0.5:4000` or `[fd00::1]:4000` without its port. */
function addressOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(':')).replace(/^\[|\]$/g, '')
}
