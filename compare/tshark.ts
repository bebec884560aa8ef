import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { endpoint, type Facts, type SipMessage, type StreamCounts, streamLabel } from './facts.ts'
import type { SeenFrame } from './seen-frame.ts'
import { FIELDS, parseFrameLine } from './tshark-fields.ts'

/** What tshark says of a capture, and what its reasons may be. */
export interface TsharkFacts extends Facts {
  /** By frame number less 1. */
  readonly seen: readonly SeenFrame[]
  /** Where it read no further. */
  readonly stopped?: string
}

export function tsharkVersion(): string | undefined {
  return /\d+\.\d+\.\d+/.exec(spawnSync('tshark', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[0]
}

/**
 * Runs tshark over a capture once. RTP is looked for where no signalling announces it, as srtp-scan does.
 *
 * @param tlsKeyLog what opens TLS
 * @throws Error where it reads nothing of it
 */
export async function tsharkFacts(capture: string, tlsKeyLog?: string): Promise<TsharkFacts> {
  const secrets = tlsKeyLog === undefined ? [] : ['-o', `tls.keylog_file:${tlsKeyLog}`]
  const fields = FIELDS.flatMap((field) => ['-e', field])
  const read = spawn(
    'tshark',
    ['-r', capture, '-n', ...secrets, '--enable-heuristic', 'rtp_udp', '-T', 'fields', ...fields, '-z', 'rtp,streams'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let complaints = ''
  read.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    read.on('error', reject)
    read.on('close', resolve)
  })
  const seen: SeenFrame[] = []
  const sip: SipMessage[] = []
  const streams = new Map<string, StreamCounts>()
  const tls = new Map<string, number>()
  for await (const line of createInterface({ input: read.stdout })) {
    if (/^\d+\t/.test(line)) {
      const { frame, seen: one, sip: labels, tls: hellos } = parseFrameLine(line)
      seen.push(one)
      for (const label of labels) sip.push({ frame, label })
      for (const hello of hellos) tls.set(hello, (tls.get(hello) ?? 0) + 1)
    } else addStream(line, streams)
  }
  const status = await ended
  if (status !== 0 && seen.length === 0) throw new Error(lastLine(complaints))
  return { frames: seen.length, sip, streams, tls, seen, ...(status !== 0 && { stopped: lastLine(complaints) }) }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

/** A row of the table of streams: times, both ends, the SSRC, the payload, packets and losses. */
const STREAM =
  /^\s*[\d.]+\s+[\d.]+\s+(?<source>\S+)\s+(?<sourcePort>\d+)\s+(?<destination>\S+)\s+(?<destinationPort>\d+)\s+(?<ssrc>0x[\dA-F]{8})\s.*?\s(?<packets>\d+)\s+(?<lost>-?\d+) \(/

/** tshark has several rows for a stream where its setup changed. */
function addStream(line: string, streams: Map<string, StreamCounts>): void {
  const row = STREAM.exec(line)?.groups
  if (row === undefined) return
  const { source, sourcePort, destination, destinationPort, ssrc } = row
  const label = streamLabel(endpoint(source, sourcePort), endpoint(destination, destinationPort), ssrc)
  const known = streams.get(label) ?? { packets: 0, lost: 0 }
  streams.set(label, { packets: known.packets + Number(row.packets), lost: known.lost + Number(row.lost) })
}
