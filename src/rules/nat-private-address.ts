import type { AnalysedCall, DescribedFact, DescribedMedia } from '../model/analysis.ts'
import { classifyAddress } from '../net/addresses.ts'
import { firstOf, hopText } from './agreement.ts'
import { finding, type Rule, type RuleText } from './rule.ts'

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

export const natPrivateAddress: Rule = {
  text,
  find: (analysis) =>
    analysis.calls.flatMap((call) =>
      firstOf(leaksOf(call), ({ kind, address }) => `${kind} ${address}`)
        .filter(
          ({ kind, address }, _, all) =>
            kind === 'connection' || !all.some((other) => other.kind === 'connection' && other.address === address),
        )
        .map(({ kind, address, described, where }) =>
          finding(text, analysis, {
            kind,
            ...(kind !== 'connection' && { severity: 'warning' as const }),
            detail:
              `Frame ${described.at.frame} (${hopText(described)}) gives ${address} in ${where}, ` +
              `which ${described.destination.address} cannot reach.`,
            callId: call.report.callId,
            at: [described.at],
            evidence: { address, where, sentFrom: described.source.address },
          }),
        ),
    ),
}

interface Leak {
  readonly kind: 'connection' | 'origin' | 'contact'
  readonly address: string
  readonly where: string
  readonly described: DescribedFact
}

function leaksOf({ exchanges }: AnalysedCall): Leak[] {
  return exchanges
    .flatMap(({ offer, answers }) => [offer, ...answers])
    .flatMap((described) => {
      const leaks: Leak[] = []
      for (const media of described.media) {
        const address = mediaLeak(described, media)
        if (address !== undefined) leaks.push({ kind: 'connection', ...address, described })
      }
      const { originAddress, contactAddress } = described
      if (isLeak(described, originAddress))
        leaks.push({ kind: 'origin', address: originAddress as string, where: 'o=', described })
      if (isLeak(described, contactAddress))
        leaks.push({ kind: 'contact', address: contactAddress as string, where: 'Contact', described })
      return leaks
    })
}

function mediaLeak(described: DescribedFact, media: DescribedMedia): { address: string; where: string } | undefined {
  if (media.rejected || media.candidateAddresses.some((address) => !isPrivate(address))) return undefined
  const { connectionAddress, rtcpAddress } = media
  if (isLeak(described, connectionAddress))
    return { address: connectionAddress as string, where: `c= of the ${media.kind}` }
  if (isLeak(described, rtcpAddress)) return { address: rtcpAddress as string, where: `a=rtcp of the ${media.kind}` }
  return undefined
}

/**
 * Private, while the packet that carries it travels between public addresses or comes from another address than the one
 * it gives; never where both ends are in private space and the address is the sender's own.
 */
function isLeak({ source, destination }: DescribedFact, address: string | undefined): boolean {
  if (address === undefined || !isPrivate(address) || address === source.address) return false
  return !isPrivate(source.address) || !isPrivate(destination.address)
}

function isPrivate(address: string): boolean {
  return PRIVATE.has(classifyAddress(address) ?? '')
}

const PRIVATE: ReadonlySet<string> = new Set(['private', 'shared', 'link-local', 'unique-local', 'loopback'])
