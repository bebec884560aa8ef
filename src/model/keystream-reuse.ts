import { LIMITS } from '../limits/limits.ts'
import type { Keyring, KnownKey } from '../media/keyring.ts'
import { I, PROBE_WORDS, PROBES } from '../rtp/stream-record.ts'
import type { StreamTable } from '../rtp/stream-table.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'
import { formatSsrc, streamName } from './streams.ts'

/**
 * One packet index that was used for different octets under one key and SSRC: the keystream is the same, so the two
 * ciphertexts give away the difference of the two payloads (RFC 3711 §9.1).
 */
export interface KeystreamReuse {
  readonly keyFingerprint: string
  readonly ssrc: string
  /** The index: rollover counter and sequence number. */
  readonly roc: number
  readonly sequence: number
  /** Names of the streams of the two packets; the same twice where one sender did it. */
  readonly streams: readonly [string, string]
  /** Frames of the two packets, each in a capture of its stream. */
  readonly frames: readonly [number, number]
}

/** A packet of a stream that verified. */
interface Probe {
  readonly stream: string
  readonly sequence: number
  readonly digest: number
  readonly frame: number
}

/** Forged ones would have to verify. */
const MOST_STREAMS = LIMITS.comparedStreams.most

/**
 * Compares what the kernel kept of each stream (workers/kernel/lane/payload-probe.ts). It speaks of streams only whose
 * packets all verified under one key and one rollover counter: then every packet that was kept has its index for
 * certain. Different digests are different octets; equal ones prove nothing.
 *
 * @param onBeyond called with each stream that is not compared because there are too many
 */
export function keystreamReuse(
  judged: readonly JudgedStream[],
  table: StreamTable,
  keyring: Keyring,
  onBeyond: () => void,
): readonly KeystreamReuse[] {
  const groups = new Map<string, JudgedStream[]>()
  for (const stream of judged) {
    if (!isWholeUnderOneKey(stream)) continue
    const key = keyring.get(stream.verdict.key)
    if (!isEncrypted(key)) continue
    const name = `${stream.plan.stream.ssrc} ${keystreamName(key)}`
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [stream])
    else if (group.length < MOST_STREAMS) group.push(stream)
    else onBeyond()
  }
  return [...groups.values()].flatMap((group) => reuseOf(group, table, keyring.get(group[0].verdict.key).fingerprint))
}

function isWholeUnderOneKey({ plan, verdict }: JudgedStream): boolean {
  return (
    plan.stream.kind === 'rtp' &&
    verdict.verified > 0 &&
    verdict.verified === verdict.packets &&
    verdict.underKeys.length === 1 &&
    verdict.steadyRoc
  )
}

function isEncrypted({ master: { suite, parameters } }: KnownKey): boolean {
  return suite.cipher !== 'null' && !parameters?.unencryptedSrtp
}

/** The keystream depends on these and the SSRC alone (RFC 3711 §4.1, §4.3): tag length and MKI have no part in it. */
function keystreamName({ master: { suite, parameters = {} }, fingerprint }: KnownKey): string {
  return `${fingerprint} ${suite.cipher} ${parameters.kdr ?? 0}`
}

const NONE: readonly KeystreamReuse[] = []

function reuseOf(
  group: readonly JudgedStream[],
  table: StreamTable,
  keyFingerprint: string,
): readonly KeystreamReuse[] {
  // The kernel keeps packets of different indices of a stream.
  if (group.length === 1 && rewrittenIn(group[0], table) === undefined) return NONE
  const found: KeystreamReuse[] = []
  /** The first stream's packet of each index. */
  const first = new Map<number, Probe>()
  for (const stream of group) {
    const common = { keyFingerprint, ssrc: formatSsrc(stream.plan.stream.ssrc), roc: stream.verdict.firstRoc }
    const within = rewrittenIn(stream, table)
    if (within !== undefined) found.push({ ...common, ...within })
    let said = false
    for (const probe of probesOf(stream, table)) {
      const { sequence, digest, frame } = probe
      const index = common.roc * 0x10000 + sequence
      const other = first.get(index)
      if (other === undefined) first.set(index, probe)
      else if (other.digest !== digest && !said) {
        found.push({ ...common, sequence, streams: [other.stream, probe.stream], frames: [other.frame, frame] })
        said = true
      }
    }
  }
  return found
}

/** What the kernel kept of a stream. */
function probesOf({ plan: { stream } }: JudgedStream, table: StreamTable): Probe[] {
  const { ints } = table
  const i = table.intsAt(stream.id) + I.Probes
  const probes: Probe[] = []
  for (let at = i; at < i + PROBES * PROBE_WORDS; at += PROBE_WORDS) {
    const [extended, digest, frame] = ints.subarray(at, at + PROBE_WORDS)
    if (frame === 0) continue
    probes.push({ stream: streamName(table, stream.id), sequence: extended & 0xffff, digest, frame: frame >>> 0 })
  }
  return probes
}

/** The first index that one stream used for different octets. */
function rewrittenIn(
  { plan: { stream } }: JudgedStream,
  table: StreamTable,
): Pick<KeystreamReuse, 'sequence' | 'streams' | 'frames'> | undefined {
  const i = table.intsAt(stream.id)
  const sequence = table.ints[i + I.Rewritten] - 1
  if (sequence < 0) return undefined
  const [before, after] = table.ints.subarray(i + I.RewrittenFrames, i + I.RewrittenFrames + 2)
  const name = streamName(table, stream.id)
  return { sequence, streams: [name, name], frames: [before >>> 0, after >>> 0] }
}
