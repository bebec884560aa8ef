import { identifyStream } from '../capture/capture-input.ts'
import { InputRecords } from '../capture/input-records.ts'
import { PcapngPackets } from '../capture/pcapng-packets.ts'
import { TLS_KEY_LOG } from '../capture/record.ts'
import type { LiveSource, SourceCounts } from './live-source.ts'

/**
 * Several sources as one: their packets in the order of arrival in one pcapng stream, with an interface for each source
 * and link type. Where the reader lags, each source waits as it would alone. One that breaks off breaks off the whole.
 */
export function joinSources(sources: readonly LiveSource[]): LiveSource {
  if (sources.length === 1) return sources[0]
  const packets = new PcapngPackets()
  void Promise.all(sources.map((source, index) => passOn(source, index, packets))).then(
    () => packets.end(),
    (error) => packets.octets.destroy(error),
  )
  packets.octets.once('close', () => {
    for (const { octets } of sources) octets.destroy()
  })
  return {
    name: sources.map(({ name }) => name).join(' + '),
    octets: packets.octets,
    counts: () => sumsOf(sources.map((source) => source.counts())),
    trouble: () => sources.flatMap((source) => source.trouble?.() ?? []).join('; ') || undefined,
    async stop() {
      await Promise.all(sources.map((source) => source.stop()))
    },
  }
}

async function passOn({ name, octets }: LiveSource, index: number, packets: PcapngPackets): Promise<void> {
  const interfaces = new Map<number, number>()
  const input = await identifyStream(name, octets)
  let keyLog: Uint8Array[] = []
  const records = new InputRecords(input, index, (text, left) => {
    keyLog.push(text.slice())
    if (left > 0) return
    packets.putSecrets(TLS_KEY_LOG, Buffer.concat(keyLog))
    keyLog = []
  })
  while (await records.advance()) {
    const { linkType, dataOffset, capturedLength, originalLength, seconds, nanoseconds } = records.cursor
    let number = interfaces.get(linkType)
    if (number === undefined) {
      number = packets.addInterface(linkType, name)
      interfaces.set(linkType, number)
    }
    const data = records.bytes.subarray(dataOffset, dataOffset + capturedLength)
    packets.put(number, { seconds, nanoseconds, data, originalLength })
    if (packets.isFull) await packets.room()
  }
}

/** A sum is known where each of its parts is. */
function sumsOf(counts: readonly SourceCounts[]): SourceCounts {
  const received = sumOf(counts.map((one) => one.received))
  const dropped = sumOf(counts.map((one) => one.dropped))
  const refused = new Map<string, number>()
  for (const [reason, count] of counts.flatMap((one) => [...(one.refused ?? [])])) {
    refused.set(reason, (refused.get(reason) ?? 0) + count)
  }
  return {
    ...(received !== undefined && { received }),
    ...(dropped !== undefined && { dropped }),
    ...(refused.size > 0 && { refused }),
  }
}

function sumOf(parts: readonly (number | undefined)[]): number | undefined {
  return parts.reduce((sum, part) => (sum === undefined || part === undefined ? undefined : sum + part), 0)
}
