import type { Call, Finding, Stream } from '../model/report.ts'
import type { LargeReport } from '../model/report-objects.ts'

/** When something was found, and about whom. */
export interface FindingPlace {
  readonly time?: string
  /** Without ports. */
  readonly addresses: ReadonlySet<string>
}

type StreamPlace = Pick<Stream, 'src' | 'dst' | 'firstTime'>

interface CallPlace {
  readonly startTime: string
  readonly addresses: ReadonlySet<string>
}

/** Fields of a finding's evidence that name addresses, where it is about no call and no stream. */
const ADDRESSES = ['server', 'source', 'destination', 'address', 'hosts', 'sources'] as const

/**
 * Looks up when findings were made and about whom: by their stream, else by their call, else by their own time and the
 * addresses in their evidence.
 */
export class FindingPlaces {
  readonly #streams = new Map<string, StreamPlace>()
  readonly #calls = new Map<string, CallPlace>()
  readonly #found: ReadonlySet<string | undefined>
  readonly #report: LargeReport

  constructor(report: LargeReport) {
    this.#report = report
    const streams = new Set<string | undefined>()
    const calls = new Set<string | undefined>()
    for (const { streamId, callId } of report.findings) {
      streams.add(streamId)
      calls.add(callId)
    }
    this.#found = calls
    for (const { id, src, dst, firstTime } of report.streams) {
      if (streams.has(id)) this.#streams.set(id, { src, dst, firstTime })
    }
  }

  /** The report's calls one after the other; those that something was found about are kept for `of`. */
  *calls(): Generator<CallPlace & { readonly callId: string; readonly hour: string }> {
    for (const call of this.#report.calls)
      yield { ...this.add(call), callId: call.callId, hour: call.startTime.slice(0, 'YYYY-MM-DDTHH'.length) }
  }

  /** Where a call is; it is kept for `of` if something was found about it. */
  add({ callId, startTime, legs }: Call): CallPlace {
    const place = { startTime, addresses: new Set(legs.flatMap((leg) => leg.split(' > ').map(hostOf))) }
    if (this.#found.has(callId)) this.#calls.set(callId, place)
    return place
  }

  /** Something was found about the call. */
  isFound({ callId }: Call): boolean {
    return this.#found.has(callId)
  }

  of({ callId, streamId, time: ownTime, evidence }: Finding): FindingPlace {
    const stream = streamId === undefined ? undefined : this.#streams.get(streamId)
    const call = callId === undefined ? undefined : this.#calls.get(callId)
    const time = stream?.firstTime ?? call?.startTime ?? ownTime
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
