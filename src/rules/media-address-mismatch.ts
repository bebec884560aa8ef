import { finding, type Rule, type RuleText } from './rule.ts'

const text: RuleText = {
  id: 'media-address-mismatch',
  severity: 'warning',
  title: 'Media comes from another address than the agreed one',
  meaning:
    'The sender is not where its description says: symmetric NAT, a relay, or a second interface. A strict peer drops it.',
  shows: 'Packets whose source is not the c= and m= (or a=rtcp) of the sender.',
  causes: [
    'a NAT that maps ports',
    'media relayed by a host that signalling does not name',
    'a host that sends from another interface',
  ],
  remedy:
    'Let the peer answer to where packets come from (symmetric RTP, comedia), or describe the address that is used.',
  references: ['RFC 4961 §3', 'RFC 3264 §5.1'],
}

export const mediaAddressMismatch: Rule = {
  text,
  find: (analysis) =>
    analysis.streams.flatMap(({ report, agreedSource, match, firstAt, exchanges, call }) => {
      if (report.kind !== 'rtp' || agreedSource === undefined || agreedSource === report.src || match === 'both')
        return []
      const candidates =
        call === undefined
          ? []
          : exchanges.flatMap((index) => candidatesOf(analysis.calls[call].report.sessions[index]))
      if (candidates.includes(report.src)) return []
      return [
        finding(text, analysis, {
          detail: `RTP from ${report.src} to ${report.dst}: its sender described ${agreedSource} (first in frame ${report.firstFrame}).`,
          ...(report.callId !== undefined && { callId: report.callId }),
          streamId: report.id,
          at: [firstAt],
          evidence: { source: report.src, agreed: agreedSource },
        }),
      ]
    }),
}

function candidatesOf(session: { media: readonly { offer?: Sided; answer?: Sided }[] } | undefined): readonly string[] {
  return (
    session?.media.flatMap(({ offer, answer }) => [...(offer?.candidates ?? []), ...(answer?.candidates ?? [])]) ?? []
  )
}

type Sided = { readonly candidates?: readonly string[] }
