import type { TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import type { ScannerFacts, SourceFacts, TriesFacts } from '../../sip/watch/facts.ts'
import { defineRule, finding, type RuleText, type Statement } from '../rule.ts'
import { shortened } from './shortened.ts'

const text: RuleText = {
  id: 'sip-scanner',
  severity: 'warning',
  title: 'Somebody scans for SIP',
  meaning:
    'A source looks for SIP servers, for accounts, or for their passwords: the usual beginning of toll fraud. By itself ' +
    'it does no harm where nobody answers.',
  shows:
    'The User-Agent of a known tool; OPTIONS, REGISTER or INVITE to many addresses, ports or extensions, most of which do ' +
    'not exist; credentials that are refused again and again, each time from what looks like a new client.',
  causes: [
    'port 5060 open to the Internet (scanners find it within hours)',
    'an infected or misused host within the network',
    'a security test or an inventory that somebody ordered',
    'a dialer or a provisioning script with a list of accounts that do not exist',
  ],
  remedy:
    'Let the firewall take SIP from the networks of your peers only and drop the rest without an answer; block this source; ' +
    'answer unknown accounts as known ones (401), and check which account was reached or has a weak password.',
  references: ['RFC 3261 §26.1', 'RFC 7616 §5.7'],
  kinds: ['user-agent', 'sweep', 'password-guessing'],
}

/** So many addresses, ports or accounts are a sweep, if most of them lead nowhere. */
const MANY = 16
/** Clients that are refused for the first time within one minute: so many passwords that somebody tries. */
const CLIENTS = 10
/** Passwords for one and the same challenge; a person mistypes a few. */
const PASSWORDS = 5
/** More findings than this, of each kind, are summed up. */
const MOST = 50

export const sipScanner = defineRule(text, (trace) => ({
  end: () => {
    const { scanners, scannersBeyond, sources, responses } = trace.signalling
    const byAgent = scanners.map(describeAgent)
    const sweeps = sources.flatMap((source) => describeSweep(source, responses) ?? [])
    const guesses = sources.flatMap((source) => source.tries.flatMap((tries) => describeGuesses(source, tries) ?? []))
    const summed = (kind: string, statements: readonly Statement[], beyond = 0): Finding[] => {
      const shown = statements.slice(0, MOST).map((statement) => finding(text, trace, { kind, ...statement }))
      const rest = statements.slice(MOST)
      if (rest.length + beyond === 0) return shown
      const detail = `${rest.length} more findings of this kind${beyond > 0 ? `, and ${beyond} requests of further sources` : ''}.`
      const at = rest.flatMap(({ at: [first] = [] }) => first ?? [])
      return [...shown, finding(text, trace, { kind, detail, at, evidence: { more: rest.length, requests: beyond } })]
    }
    return [
      ...summed('user-agent', byAgent, scannersBeyond),
      ...summed('sweep', sweeps),
      ...summed('password-guessing', guesses),
    ]
  },
}))

/** Whether a source reaches for so many that do not answer that it looks for somebody. */
export function isSweep(source: SourceFacts, responses: boolean): boolean {
  return targetsOf(source, responses) !== undefined || accountsOf(source, responses) !== undefined
}

/** In a trace without responses: who reaches for so many. */
const MANY_SILENT = 16

/** Scanners, and who reaches for so many that do not answer that it looks for somebody: what they meet is no fault. */
export function searchersOf({ signalling: { scanners, sources, responses } }: TraceFacts): ReadonlySet<string> {
  const searching = sources.filter(
    (source) => isSweep(source, responses) || (!responses && source.silentTargets >= MANY_SILENT),
  )
  return new Set([...scanners, ...searching].map(({ address }) => address))
}

/** Whether a source tries many passwords. */
export function guessesPasswords(source: SourceFacts): boolean {
  return source.tries.some((tries) => describeGuesses(source, tries) !== undefined)
}

function describeAgent({ address, product, requests, at }: ScannerFacts): Statement {
  return {
    title: 'A known scanner is at work',
    detail: `${address} sent ${requests} ${requests === 1 ? 'request' : 'requests'} as "${shortened(product)}", which is a scanner's name.`,
    at,
    evidence: { source: address, userAgent: shortened(product), requests },
  }
}

function describeSweep(source: SourceFacts, responses: boolean): Statement | undefined {
  const { address, more, missed, probesAt } = source
  const ways = [targetsOf(source, responses), accountsOf(source, responses)].filter((way) => way !== undefined)
  if (ways.length === 0) return undefined
  const isLowerBound = more || missed > 0
  return {
    title: 'One source probes many targets',
    detail: `${address} reached for ${ways.map(({ words }) => words).join(', and for ')}${isLowerBound ? '; there were more' : ''}.`,
    at: probesAt,
    evidence: {
      source: address,
      ...Object.assign({}, ...ways.map(({ evidence }) => evidence)),
      ...(isLowerBound && { lowerBound: true }),
    },
  }
}

interface Way {
  readonly words: string
  readonly evidence: Readonly<Record<string, number>>
}

/** A registrar reaches phones at other ports than they answer from: accounts that were reached speak against a sweep. */
function targetsOf({ targets, silentTargets, reachedAccounts }: SourceFacts, responses: boolean): Way | undefined {
  if (!responses || targets < MANY || silentTargets * 2 <= targets || reachedAccounts * 2 > silentTargets)
    return undefined
  return {
    words: `${targets} addresses and ports, ${silentTargets} of which never answered`,
    evidence: { targets, silentTargets },
  }
}

/**
 * Calls that are not answered are no proof: a trunk that has failed leaves thousands of them. Nor are accounts that live
 * each on a host of its own: a registrar asks its phones whether they are there, and many of them answer 404.
 */
function accountsOf(source: SourceFacts, responses: boolean): Way | undefined {
  const { accounts, refusedAccounts, targets } = source
  const silentAccounts = responses ? source.silentAccounts : 0
  if (accounts < MANY || accounts <= 2 * targets || (refusedAccounts + silentAccounts) * 2 <= accounts) return undefined
  return {
    words: `${accounts} accounts, ${refusedAccounts} of which were refused and ${silentAccounts} never answered for`,
    evidence: { accounts, refusedAccounts, silentAccounts },
  }
}

/** Whoever is let in nearly as often as refused has a password, and nonces that expire (RFC 7616 §5.4). */
function describeGuesses({ address, missed }: SourceFacts, tries: TriesFacts): Statement | undefined {
  const { account, refused, accepted, busiest, passwords, at } = tries
  const isProven = passwords >= PASSWORDS
  if (!isProven && (busiest < CLIENTS || accepted * 4 > refused)) return undefined
  const proof = isProven
    ? `at least ${passwords} different passwords for one and the same challenge`
    : `${busiest} of them within a minute from what looks like a new client each time`
  return {
    title: 'Somebody guesses a password',
    detail: `${address} gave credentials for "${shortened(account)}" that were refused ${missed > 0 ? 'at least ' : ''}${refused} times, ${proof}.${accepted > 0 ? ` ${accepted} were accepted: the password may be known now.` : ''}`,
    at,
    evidence: {
      source: address,
      account: shortened(account),
      refused,
      accepted,
      ...(isProven && { passwords }),
      ...(missed > 0 && { lowerBound: true }),
    },
  }
}
