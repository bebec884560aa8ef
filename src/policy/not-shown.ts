import type { AnalysedCall, Analysis } from '../model/analysis.ts'
import type { PolicyNotShown } from '../model/report.ts'
import type { Policy } from './policy.ts'
import type { Sight, StatementPath } from './statement.ts'
import { type Asked, askedBy, valueAt } from './statements.ts'

/** What is said where a trace does not hold what would show whether a statement is kept. */
const REASONS: Readonly<Record<Sight, string>> = {
  sip: 'no SIP could be read',
  'sip-over-tls': 'no SIP over TLS could be read',
  invite: 'no INVITE could be read',
  register: 'no REGISTER could be read',
  'web-socket': 'no SIP over WebSocket could be read',
  session: 'no session was agreed in readable SIP',
  'srtp-session': 'no session with SRTP was agreed in readable SIP',
  suite: 'no crypto suite was agreed in readable SIP, and no media was verified under one',
  'sdes-offer': 'no offer with a=crypto was answered in readable SIP',
  media: 'no RTP was captured',
  'session-or-media': 'no session was agreed in readable SIP, and no RTP was captured',
  stranger: 'no networks are listed, so nobody is a stranger',
  handshake: 'no TLS handshake was captured',
  certificate: 'no certificate was visible in a TLS handshake; TLS 1.3 hides them without secrets',
}

/**
 * The statements of a policy that nothing in this trace can prove kept or broken, with the reason, in the order of the
 * table; then those that only the user can fill in, and did not.
 *
 * @param judged ids of the rules that there are
 */
export function notShown(policy: Policy, analysis: Analysis, judged: ReadonlySet<string>): PolicyNotShown[] {
  const asked = askedBy(policy)
  const seen = sightsOf(policy, analysis, new Set(asked.map(({ statement }) => statement.shownBy)))
  const hidden = asked.flatMap((one): PolicyNotShown[] => {
    const reason = reasonOf(one, seen, judged)
    return reason === undefined ? [] : [{ statement: one.path, reason }]
  })
  const open = Object.entries(policy.userGives ?? {}).flatMap(([statement, hint]): PolicyNotShown[] =>
    valueAt(policy, statement as StatementPath) === undefined
      ? [{ statement, reason: `left to you, and not given: ${hint}` }]
      : [],
  )
  return [...hidden, ...open]
}

function reasonOf({ statement }: Asked, seen: ReadonlySet<Sight>, judged: ReadonlySet<string>): string | undefined {
  if (!seen.has(statement.shownBy)) {
    const isBare = statement.shownBy === 'certificate' && !seen.has('handshake')
    return REASONS[isBare ? 'handshake' : statement.shownBy]
  }
  if (statement.judgedBy.some((id) => judged.has(id))) return undefined
  return 'no rule judges it yet'
}

/** Sights that calls show; all others are known from the trace as a whole. */
const OF_CALLS: Readonly<Partial<Record<Sight, (call: AnalysedCall) => boolean>>> = {
  'sip-over-tls': ({ paths }) => paths.some(({ transport }) => transport === 'tls'),
  'web-socket': ({ paths }) => paths.some(({ transport }) => transport === 'ws' || transport === 'wss'),
  session: (call) => linesOf(call).some(({ agreed }) => agreed !== undefined),
  'session-or-media': (call) => linesOf(call).some(({ agreed }) => agreed !== undefined),
  'srtp-session': (call) => linesOf(call).some(({ agreed }) => agreed !== undefined && agreed.keying !== 'none'),
  suite: (call) => linesOf(call).some(({ agreed }) => agreed?.keying === 'sdes' && agreed.suite !== undefined),
  'sdes-offer': (call) =>
    linesOf(call).some(({ offer, agreed }) => agreed !== undefined && offer !== undefined && offer.crypto.length > 0),
}

function linesOf({ exchanges }: AnalysedCall): AnalysedCall['exchanges'][number]['session']['media'] {
  return exchanges.flatMap(({ session }) => session.media)
}

function sightsOf(policy: Policy, analysis: Analysis, wanted: ReadonlySet<Sight>): Set<Sight> {
  const hasMedia = analysis.streams.some(({ report }) => report.kind === 'rtp')
  const networks = policy.networks?.signalling ?? policy.networks?.media
  const handshakes = analysis.tls.flatMap((connection) => connection.handshakes)
  const ofTrace: readonly (readonly [Sight, boolean])[] = [
    ['sip', analysis.sipMessages > 0],
    ['invite', analysis.calls.length > 0],
    ['register', analysis.clearSip.some(({ registers }) => registers > 0)],
    ['web-socket', analysis.clearSip.some(({ transport }) => transport === 'ws')],
    ['media', hasMedia],
    ['session-or-media', hasMedia],
    ['suite', analysis.streams.some(({ report }) => report.verified > 0)],
    ['stranger', networks !== undefined],
    ['handshake', handshakes.some(({ serverHello }) => serverHello !== undefined)],
    ['certificate', handshakes.some(({ certificates }) => certificates.server !== undefined)],
  ]
  const seen = new Set(ofTrace.flatMap(([sight, isSeen]) => (isSeen ? [sight] : [])))
  const missing = new Set([...wanted].filter((sight) => OF_CALLS[sight] !== undefined && !seen.has(sight)))
  for (const call of analysis.calls) {
    if (missing.size === 0) break
    for (const sight of missing) {
      if (!OF_CALLS[sight]?.(call)) continue
      missing.delete(sight)
      seen.add(sight)
    }
  }
  return seen
}
