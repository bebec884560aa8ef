import ipaddr from 'ipaddr.js'
import { type Endpoint, formatEndpoint } from '../bytes/endpoint.ts'
import { greatest } from '../bytes/greatest.ts'
import type { AnalysedCall, AnalysedStream, Analysis } from '../model/analysis.ts'
import { subsetOf } from '../model/subset.ts'
import { StreamsByCall } from '../rules/streams-by-call.ts'
import { filteredIcmp, HostsOfCalls } from './filtered-icmp.ts'
import { Carriers, filteredSignalling } from './filtered-signalling.ts'
import type { Meant } from './meant.ts'
import { UsageError } from './usage-error.ts'

/** Which part of a trace the report is about. Texts as the user gave them. */
export interface Filters {
  /** Call-ID, in full. */
  readonly call?: string
  /** CIDR or address: calls and streams with an address in it. */
  readonly ip?: string
  /** Text within the From or To URI. */
  readonly from?: string
  readonly to?: string
  /** ISO 8601 times: what was under way between them. */
  readonly since?: string
  readonly until?: string
}

/** Whether the report is about all of the trace. */
export function isUnfiltered(filters: Filters): boolean {
  return Object.values(filters).every((value) => value === undefined)
}

/** @throws UsageError where one of them says nothing that can be meant */
export function checkFilters(filters: Filters): void {
  const { sinceUs, untilUs } = meantBy(filters)
  if (untilUs < sinceUs) throw new UsageError(`--until ${filters.until}: is before --since ${filters.since}`)
}

/**
 * Keeps the calls that pass every filter, their streams and the TLS connections and hosts that carried them; and the streams
 * without a call, the TLS connections and the signalling of others that pass those that apply.
 *
 * @param isRest calls were let go before, of which it is not known whether they passed: no host is left out for them
 */
export function applyFilters(analysis: Analysis, filters: Filters, isRest = false): Analysis {
  if (isUnfiltered(filters)) return analysis
  const meant = meantBy(filters)
  const { isOfAnyCall, isMeant } = meant
  const streamsByCall = new StreamsByCall(analysis)
  const kept = new Map<number, number>()
  const connections = new Set<string>()
  const carriers = new Carriers()
  const hosts = new HostsOfCalls()
  const names = new Set<string>()
  const others = new Set<string>()
  let index = -1
  for (const call of analysis.calls) {
    const streams = streamsByCall.of(++index)
    if (!isKept(call, streams, filters, meant)) {
      others.add(call.callId)
      continue
    }
    names.add(call.callId)
    kept.set(index, kept.size)
    addConnections(call, connections)
    carriers.add(call)
    hosts.add(call, streams)
  }
  const isShown = (firstUs: number, lastUs: number, ends: readonly Endpoint[]): boolean =>
    isOfAnyCall &&
    isWithin(firstUs, lastUs, meant) &&
    (isMeant === undefined || ends.some(({ address }) => isMeant(address)))
  const part = subsetOf(analysis, kept, (stream) =>
    isShown(stream.firstAt.timeUs, stream.lastAt.timeUs, endsOf(stream)),
  )
  const tls = analysis.tls.filter(
    ({ connection, client, server, at, lastAt }) =>
      connections.has(connection) || isShown(at.timeUs, lastAt.timeUs, [client, server]),
  )
  const keysElsewhere = analysis.keysElsewhere.filter(
    ({ callId, at, source, destination }) =>
      names.has(callId) || (!others.has(callId) && isShown(at.timeUs, at.timeUs, [source, destination])),
  )
  const wanted = { ...meant, carriers }
  const icmp = filteredIcmp(analysis.icmp, hosts, wanted)
  if (isRest && !isOfAnyCall) return { ...part, tls, icmp, keysElsewhere }
  return { ...part, tls, icmp, keysElsewhere, ...filteredSignalling(analysis, wanted) }
}

function meantBy({ call, from, to, ip, since, until }: Filters): Meant {
  const range = ip === undefined ? undefined : parseRange(ip)
  return {
    isOfAnyCall: call === undefined && from === undefined && to === undefined,
    isMeant: range === undefined ? undefined : (address) => inRange(address, range),
    sinceUs: since === undefined ? Number.NEGATIVE_INFINITY : parseTime('--since', since),
    untilUs: until === undefined ? Number.POSITIVE_INFINITY : parseTime('--until', until),
  }
}

function isKept(call: AnalysedCall, streams: readonly AnalysedStream[], filters: Filters, meant: Meant): boolean {
  if (!isNamed(call, filters)) return false
  const lastUs = greatest(
    streams.map(({ lastAt }) => lastAt.timeUs),
    call.lastUs,
  )
  if (!isWithin(call.startUs, lastUs, meant)) return false
  return meant.isMeant === undefined || addressesOf(call, streams).some(meant.isMeant)
}

function isNamed({ report }: AnalysedCall, { call, from, to }: Filters): boolean {
  return (
    (call === undefined || report.callId === call) &&
    (from === undefined || report.from.includes(from)) &&
    (to === undefined || report.to.includes(to))
  )
}

function isWithin(firstUs: number, lastUs: number, { sinceUs, untilUs }: Meant): boolean {
  return firstUs <= untilUs && lastUs >= sinceUs
}

/** The TLS connections that a call's messages came out of, whoever of the two began them. */
function addConnections({ paths }: AnalysedCall, connections: Set<string>): void {
  for (const { transport, source, destination } of paths) {
    if (transport !== 'tls' && transport !== 'wss') continue
    const [a, b] = [formatEndpoint(source), formatEndpoint(destination)]
    connections.add(`${a} > ${b}`).add(`${b} > ${a}`)
  }
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number]

function parseRange(text: string): Range {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text)
    const address = ipaddr.parse(text)
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  } catch (cause) {
    throw new UsageError(`--ip ${text}: no address or network; 192.0.2.1 or 192.0.2.0/24 would do`, cause)
  }
}

function inRange(address: string, range: Range): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  return parsed.kind() === range[0].kind() && parsed.match(range)
}

function parseTime(option: string, text: string): number {
  const milliseconds = Date.parse(text)
  if (Number.isNaN(milliseconds)) {
    throw new UsageError(`${option} ${text}: no time; 2026-01-15T09:30:00Z would do`)
  }
  return milliseconds * 1000
}

function addressesOf(call: AnalysedCall, streams: readonly AnalysedStream[]): string[] {
  return [
    ...call.paths.flatMap(({ source, destination }) => [source.address, destination.address]),
    ...streams.flatMap(endsOf).map(({ address }) => address),
  ]
}

function endsOf({ source, destination, onWire = [] }: AnalysedStream): readonly Endpoint[] {
  return [source, destination, ...onWire]
}
