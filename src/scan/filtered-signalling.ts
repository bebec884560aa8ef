import type { FrameRef } from '../bytes/frame-ref.ts'
import type { AnalysedCall, TraceFacts } from '../model/analysis.ts'
import { FRAMES, type SignallingFacts } from '../sip/watch/facts.ts'
import type { Meant } from './meant.ts'

/** Which of the signalling that is no call's own a report is about. */
export interface SignallingFilter extends Meant {
  /** Calls that stay: who carried them is meant, whatever its address. */
  readonly carriers: Carriers
}

/** Pairs of addresses that messages of some calls went between, whichever way. */
export class Carriers {
  readonly #pairs = new Set<string>()

  add({ paths }: Pick<AnalysedCall, 'paths'>): void {
    for (const { source, destination } of paths) {
      this.#pairs.add(`${source.address} ${destination.address}`).add(`${destination.address} ${source.address}`)
    }
  }

  has(a: string, b: string): boolean {
    return this.#pairs.has(`${a} ${b}`)
  }
}

type Shown = Pick<TraceFacts, 'clearSip' | 'signalling'>

/** What is known of who sent SIP to whom, as far as the filter lets it through; what is summed up of the rest goes with it. */
export function filteredSignalling({ clearSip, signalling }: Shown, filter: SignallingFilter): Shown {
  const { isOfAnyCall, isMeant, carriers } = filter
  const isShown = (a: string, b: string, at: readonly FrameRef[]): boolean =>
    carriers.has(a, b) || (isOfAnyCall && (isMeant === undefined || isMeant(a) || isMeant(b)) && isUnderWay(at, filter))
  const isBetween = (one: { source: string; destination: string; at: readonly FrameRef[] }): boolean =>
    isShown(one.source, one.destination, one.at)
  // Of a source it is not kept whom it reached: that is told by who sent to whom.
  const isSource = (address: string, at: readonly FrameRef[]): boolean =>
    isShown(address, address, at) ||
    (isOfAnyCall && isUnderWay(at, filter) && signalling.peers.some((one) => one.source === address && isBetween(one)))
  const isWhole = isOfAnyCall && isMeant === undefined
  const lists: Lists = {
    sources: signalling.sources.filter(({ address, peakAt, probesAt, tries }) =>
      isSource(address, [...[peakAt ?? []].flat(), ...probesAt, ...tries.flatMap(({ at }) => at)]),
    ),
    scanners: signalling.scanners.filter(({ address, at }) => isSource(address, at)),
    registrations: signalling.registrations.filter(({ source, registrar, at }) => isShown(source, registrar, at)),
    inviteTargets: signalling.inviteTargets.filter(isBetween),
    peers: signalling.peers.filter(isBetween),
    tcpAnswers: signalling.tcpAnswers.filter(isBetween),
    failedConnections: signalling.failedConnections.filter(isBetween),
    lostConnections: signalling.lostConnections.filter(isBetween),
    options: signalling.options.filter(({ source, destination, longest }) =>
      isShown(source, destination, longest?.at ?? []),
    ),
    unanswered: signalling.unanswered.filter(isBetween),
    unacknowledged: signalling.unacknowledged.filter(isBetween),
    unheard: signalling.unheard.filter(isBetween),
  }
  return {
    clearSip: clearSip.filter(({ source, destination, at }) => isShown(source.address, destination.address, at)),
    signalling: { ...signalling, ...lists, ...(!isWhole && NOTHING_BEYOND) },
  }
}

type Beyond = Extract<keyof SignallingFacts, `${string}Beyond`>
type Lists = Omit<SignallingFacts, 'responses' | Beyond>

const NOTHING_BEYOND: Pick<SignallingFacts, Beyond> = {
  scannersBeyond: 0,
  registrationsBeyond: 0,
  peersBeyond: 0,
  unansweredBeyond: 0,
  unacknowledgedBeyond: 0,
  unheardBeyond: 0,
}

/** Of a trace of whose hosts nothing is said. */
export const NOTHING_HEARD: Lists & Pick<SignallingFacts, Beyond> = {
  ...NOTHING_BEYOND,
  sources: [],
  scanners: [],
  registrations: [],
  inviteTargets: [],
  peers: [],
  tcpAnswers: [],
  failedConnections: [],
  lostConnections: [],
  options: [],
  unanswered: [],
  unacknowledged: [],
  unheard: [],
}

/** Of what happened oftener than frames are kept, it is not known when it ended. */
function isUnderWay(at: readonly FrameRef[], { sinceUs, untilUs }: SignallingFilter): boolean {
  if (at.length === 0) return true
  const times = at.map(({ timeUs }) => timeUs)
  return Math.min(...times) <= untilUs && (at.length >= FRAMES || Math.max(...times) >= sinceUs)
}
