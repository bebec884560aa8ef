import { byPosition } from '../../bytes/frame-ref.ts'
import { groupedBy } from '../../bytes/lists-by-key.ts'
import type { ClearSip } from '../../model/analysis.ts'
import type { Severity } from '../../model/report.ts'
import type { SipPolicy } from '../../policy/policy.ts'
import { hopOf } from '../hop-of.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { summedUp } from '../summed-up.ts'

const text: RuleText = {
  id: 'sip-cleartext',
  severity: 'warning',
  title: 'SIP travels in the clear',
  meaning: 'Signalling over UDP, TCP or WS shows who calls whom, and lets anyone on the path change it.',
  shows: 'SIP messages readable without any secret. An error under a policy that requires TLS.',
  causes: ['a trunk or a phone set to UDP or TCP', 'TLS ended at an SBC and not taken up again behind it'],
  remedy: 'Use SIP over TLS (port 5061, transport=tls) between these hosts.',
  references: ['RFC 3261 §26.2.1'],
}

/** More pairs of hosts than this are summed up. */
const MOST = 20

export const sipCleartext = defineRule(text, (trace, { sip }) => ({
  end: () => {
    const describe = (of: readonly ClearSip[]) => {
      const [{ transport, source, destination }] = of
      const messages = messagesOf(of)
      return finding(text, trace, {
        severity: severityOf(of, sip),
        detail: `${messages} SIP messages over ${transport.toUpperCase()} between ${source.address} and ${destination.address}.`,
        at: of.flatMap(({ at }) => at).sort(byPosition),
        evidence: { transport, hosts: [source.address, destination.address], messages },
      })
    }
    const describeRest = (rest: readonly (readonly ClearSip[])[]) => {
      const messages = messagesOf(rest.flat())
      return finding(text, trace, {
        severity: severityOf(rest.flat(), sip),
        detail: `${messages} more SIP messages in the clear between ${rest.length} other pairs of hosts.`,
        at: rest.flatMap(([{ at }]) => at.slice(0, 1)),
        evidence: { pairs: rest.length, messages },
      })
    }
    return summedUp(byHosts(trace.clearSip), describe, describeRest, MOST)
  },
}))

function messagesOf(clear: readonly ClearSip[]): number {
  return clear.reduce((sum, { messages }) => sum + messages, 0)
}

/** What a policy asks to go over TLS is an error in the clear. */
function severityOf(of: readonly ClearSip[], sip: SipPolicy = {}): Severity {
  const isError =
    sip.tlsRequired ||
    (sip.registerTls && of.some(({ registers }) => registers > 0)) ||
    (sip.webSocketTls && of.some(({ transport }) => transport === 'ws'))
  return isError ? 'error' : 'warning'
}

function byHosts(clear: readonly ClearSip[]): ClearSip[][] {
  return [...groupedBy(clear, (one) => `${one.transport} ${hopOf(one)}`).values()]
}
