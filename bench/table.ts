import type { Bar, Case } from './cases.ts'
import type { Measured } from './measure.ts'
import { type ContenderName, type OwnName, PEER_NAMES } from './peers.ts'

export interface Result {
  readonly of: Case
  readonly packets: number
  readonly sizeBytes: number
  readonly measured: ReadonlyMap<ContenderName, Measured>
}

/** A case as a Markdown table, one line a contender, with its bars below. Ratios are to the first peer that ran. */
export function formatResult(result: Result, others: readonly Result[]): string {
  const { of, packets, sizeBytes, measured } = result
  const [reference] = measured
  const rows = [...measured].map(([name, { seconds, peakBytes }]) => [
    name,
    seconds.toFixed(2),
    (packets / seconds / 1e6).toFixed(2),
    `${(reference[1].seconds / seconds).toFixed(1)} ×`,
    peakBytes === undefined ? '' : (peakBytes / 1e6).toFixed(0),
  ])
  const head = ['', 'seconds', 'million records/s', `against ${reference[0]}`, 'peak MB']
  return [
    `### ${of.title}`,
    '',
    `\`${of.name}\`: ${packets.toLocaleString('en')} records, ${(sizeBytes / 1e6).toFixed(0)} MB`,
    '',
    ...aligned([head, ...rows]),
    '',
    ...barsOf(result, others).map((line) => `- ${line}`),
    '',
  ].join('\n')
}

function aligned([head, ...rows]: readonly (readonly string[])[]): string[] {
  const widths = head.map((cell, n) => Math.max(3, cell.length, ...rows.map((row) => row[n].length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]) : cell.padStart(widths[n]))).join(' | ')} |`
  const rule = widths.map((width, n) => (n === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(head), line(rule), ...rows.map(line)]
}

/** Each thing that has to hold, with what was measured. */
function barsOf({ of, packets, measured }: Result, others: readonly Result[]): string[] {
  const own = [...measured.keys()].filter((name) => !(PEER_NAMES as readonly string[]).includes(name)) as OwnName[]
  const [one, most] = [own[0], own[own.length - 1]]
  const lines = of.bars.flatMap((bar) => barLine(bar, measured, bar.workers === 1 ? one : most))
  const best = measured.get(most) as Measured
  if (of.memoryMb !== undefined && best.peakBytes !== undefined) {
    const used = best.peakBytes / 1e6
    lines.push(`peak memory ${used.toFixed(0)} MB, at most ${of.memoryMb} asked: ${verdict(used <= of.memoryMb)}`)
  }
  if (of.seconds !== undefined) {
    lines.push(`${best.seconds.toFixed(3)} s, less than ${of.seconds} asked: ${verdict(best.seconds < of.seconds)}`)
  }
  const other = others.find((result) => result.of.name === of.rateOf?.other)
  const otherOwn = other?.measured.get(most)
  if (of.rateOf !== undefined && other !== undefined && otherOwn !== undefined) {
    const ratio = packets / best.seconds / (other.packets / otherOwn.seconds)
    lines.push(
      `${ratio.toFixed(2)} of the rate of ${other.of.name}, ${of.rateOf.atLeast} asked: ${verdict(ratio >= of.rateOf.atLeast)}`,
    )
  }
  return lines
}

function barLine({ peer, atLeast }: Bar, measured: Result['measured'], own: OwnName): string[] {
  const theirs = measured.get(peer)
  const ours = measured.get(own)
  if (theirs === undefined || ours === undefined) return []
  const ratio = theirs.seconds / ours.seconds
  const asked = atLeast < 1 ? `1/${(1 / atLeast).toFixed(1)}` : `${atLeast}`
  return [`${own}: ${ratio.toFixed(ratio < 2 ? 2 : 1)} × ${peer}, ${asked} asked: ${verdict(ratio >= atLeast)}`]
}

function verdict(holds: boolean): string {
  return holds ? 'holds' : '**missed**'
}
