import ipaddr from 'ipaddr.js'
import { formatEndpoint } from '../bytes/endpoint.ts'
import type { AnalysedCall, AnalysedStream, Analysis } from '../model/analysis.ts'
import { subsetOf } from '../model/subset.ts'
import { filteredIcmp, HostsOfCalls } from './filtered-icmp.ts'
import { Carriers, filteredSignalling } from './filtered-signalling.ts'
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

/** @throws UsageError where one of them says nothing that can be meant */
export function checkFilters({ ip, since, until }: Filters): void {
  if (ip !== undefined) parseRange(ip)
  const sinceUs = since === undefined ? Number.NEGATIVE_INFINITY : parseTime('--since', since)
  if (until !== undefined && parseTime('--until', until) < sinceUs) {
    throw new UsageError(`--until ${until}: is before --since ${since}`)
  }
}

/**
 * Keeps the calls that pass every filter, their streams and the TLS connections and hosts that carried them; and the streams
 * without a call, the TLS connections and the signalling of others that pass those that apply.
 *
 * @param isRest calls were let go before, of which it is not known whether they passed: no host is left out for them
 */
export function applyFilters(analysis: Analysis, filters: Filters, isRest = false): Analysis {
  if (Object.values(filters).every((value) => value === undefined)) return analysis
  const range = filters.ip === undefined ? undefined : parseRange(filters.ip)
  const since = filters.since === undefined ? Number.NEGATIVE_INFINITY : parseTime('--since', filters.since)
  const until = filters.until === undefined ? Number.POSITIVE_INFINITY : parseTime('--until', filters.until)
  const named = filters.call !== undefined || filters.from !== undefined || filters.to !== undefined
  const ofCall = new Map<number, AnalysedStream[]>()
  for (const stream of analysis.streams) {
    if (stream.call === undefined) continue
    const known = ofCall.get(stream.call)
    if (known === undefined) ofCall.set(stream.call, [stream])
    else known.push(stream)
  }
  const kept = new Map<number, number>()
  const connections = new Set<string>()
  const carriers = new Carriers()
  const hosts = new HostsOfCalls()
  let index = -1
  for (const call of analysis.calls) {
    const streams = ofCall.get(++index) ?? []
    const keep =
      (filters.call === undefined || call.report.callId === filters.call) &&
      (filters.from === undefined || call.report.from.includes(filters.from)) &&
      (filters.to === undefined || call.report.to.includes(filters.to)) &&
      call.startUs <= until &&
      (call.lastUs >= since || streams.some(({ lastAt }) => lastAt.timeUs >= since)) &&
      (range === undefined || addressesOf(call, streams).some((address) => inRange(address, range)))
    if (!keep) continue
    kept.set(index, kept.size)
    addConnections(call, connections)
    carriers.add(call)
    hosts.add(call, streams)
  }
  const part = subsetOf(
    analysis,
    kept,
    (stream) =>
      !named &&
      stream.firstAt.timeUs <= until &&
      stream.lastAt.timeUs >= since &&
      (range === undefined || [stream.source, stream.destination].some(({ address }) => inRange(address, range))),
  )
  const tls = analysis.tls.filter(
    ({ connection, client, server, at, lastAt }) =>
      connections.has(connection) ||
      (!named &&
        at.timeUs <= until &&
        lastAt.timeUs >= since &&
        (range === undefined || [client, server].some(({ address }) => inRange(address, range)))),
  )
  const isMeant = range === undefined ? undefined : (address: string) => inRange(address, range)
  const wanted = { isOfAnyCall: !named, isMeant, sinceUs: since, untilUs: until, carriers }
  const icmp = filteredIcmp(analysis.icmp, hosts, wanted)
  if (isRest && named) return { ...part, tls, icmp }
  return { ...part, tls, icmp, ...filteredSignalling(analysis, wanted) }
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
    ...streams.flatMap(({ source, destination }) => [source.address, destination.address]),
  ]
}
