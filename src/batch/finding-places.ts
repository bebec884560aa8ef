import type { Finding, Stream } from '../model/report.ts'
import type { LargeReport } from '../model/report-objects.ts'

/** When something was found, and about whom. */
export interface FindingPlace {
  readonly time?: string
  /** Without ports. */
  readonly addresses: ReadonlySet<string>
}

interface CallPlace {
  readonly startTime: string
  readonly addresses: ReadonlySet<string>
}

/** Fields of a finding's evidence that name addresses, where it is about no call and no stream. */
const ADDRESSES = ['server', 'source', 'destination', 'address', 'hosts', 'sources'] as const

/**
 * Looks up when findings were made and about whom: by their stream, else by their call, else by the addresses in their
 * evidence and their capture's first time.
 */
export class FindingPlaces {
  readonly #streams = new Map<string, Stream>()
  readonly #calls = new Map<string, CallPlace>()
  readonly #found: ReadonlySet<string | undefined>
  readonly #report: LargeReport

  constructor(report: LargeReport) {
    this.#report = report
    this.#found = new Set([...report.findings].map(({ callId }) => callId))
    for (const stream of report.streams) this.#streams.set(stream.id, stream)
  }

  /** The report's calls one after the other; those that something was found about are kept for `of`. */
  *calls(): Generator<CallPlace & { readonly hour: string }> {
    for (const { callId, startTime, legs } of this.#report.calls) {
      const addresses = new Set(legs.flatMap((leg) => leg.split(' > ').map(hostOf)))
      const place = { startTime, addresses }
      if (this.#found.has(callId)) this.#calls.set(callId, place)
      yield { ...place, hour: startTime.slice(0, 'YYYY-MM-DDTHH'.length) }
    }
  }

  of({ callId, streamId, capture = 0, evidence }: Finding): FindingPlace {
    const stream = streamId === undefined ? undefined : this.#streams.get(streamId)
    const call = callId === undefined ? undefined : this.#calls.get(callId)
    const time = stream?.firstTime ?? call?.startTime ?? this.#report.captures[capture]?.firstTime
    const named = ADDRESSES.flatMap((field) => evidence[field] ?? []).filter((value) => typeof value === 'string')
    const addresses =
      stream !== undefined ? [stream.src, stream.dst].map(hostOf) : (call?.addresses ?? named.map(hostOf))
    return { ...(time !== undefined && { time }), addresses: new Set(addresses) }
  }
}

/** The address of `192.0.2.1:5060` and `[2001:db8::1]:5060`; what has no port is an address. */
function hostOf(endpoint: string): string {
  const v6 = /^\[([^\]]*)\]/.exec(endpoint)
  if (v6 !== null) return v6[1]
  const colon = endpoint.indexOf(':')
  return colon >= 0 && colon === endpoint.lastIndexOf(':') ? endpoint.slice(0, colon) : endpoint
}
