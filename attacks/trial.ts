import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { TraceWriter } from '../bench/captures/trace-writer.ts'
import type { Report } from '../src/model/report.ts'
import type { Attack } from './attack.ts'
import { scanApart, type Usage } from './measure.ts'
import { writeOrdinary } from './ordinary.ts'

/** What an attack came to. */
export interface Outcome {
  readonly attack: Attack
  readonly octets: number
  /** CPU time, its own less that of a scan of nothing. */
  readonly nsPerOctet: number
  /** Times the cost of an octet of ordinary traffic. */
  readonly ratio: number
  readonly peakBytes: number
  readonly status: number | null
  readonly missing: readonly string[]
}

/** Tries attacks, each in turn with the ordinary traffic that it is compared with. */
export class Trials {
  readonly #folder: string
  readonly #rounds: number

  /** @param folder for captures, which are removed again */
  constructor(folder: string, rounds: number) {
    mkdirSync(folder, { recursive: true })
    this.#folder = folder
    this.#rounds = rounds
  }

  async run(attack: Attack, usualOctets: number): Promise<Outcome> {
    const capture = join(this.#folder, `${attack.name}.pcap`)
    const ordinary = join(this.#folder, `${attack.name}-ordinary.pcap`)
    const nothing = join(this.#folder, 'nothing.pcap')
    const report = join(this.#folder, `${attack.name}.json`)
    try {
      const frames = writeAttack(attack, capture, attack.octets ?? usualOctets)
      writeOrdinary(ordinary, attack.against, attack.octets ?? usualOctets)
      if (!existsSync(nothing)) new TraceWriter(nothing).close()
      const used: Record<'attack' | 'ordinary' | 'nothing', Usage[]> = { attack: [], ordinary: [], nothing: [] }
      for (let round = 0; round < this.#rounds; round++) {
        used.nothing.push(await scanApart(nothing, '/dev/null'))
        used.ordinary.push(await scanApart(ordinary, '/dev/null'))
        used.attack.push(await scanApart(capture, report, attack.args))
      }
      const fixed = leastCpu(used.nothing)
      const cost = (usages: readonly Usage[], path: string) => ((leastCpu(usages) - fixed) * 1e9) / statSync(path).size
      const nsPerOctet = cost(used.attack, capture)
      return {
        attack,
        octets: statSync(capture).size,
        nsPerOctet,
        ratio: nsPerOctet / cost(used.ordinary, ordinary),
        peakBytes: Math.max(...used.attack.map(({ peakBytes }) => peakBytes)),
        status: used.attack[0].status,
        missing: attack.missing(JSON.parse(readFileSync(report, 'utf8')) as Report, frames),
      }
    } finally {
      for (const path of [capture, ordinary, `${ordinary}.keys`, report]) rmSync(path, { force: true })
    }
  }
}

/** @returns frames of the trace */
function writeAttack(attack: Attack, path: string, octets: number): number {
  if ('write' in attack) {
    const writer = new TraceWriter(path)
    attack.write(writer, octets)
    writer.close()
    return writer.packets
  }
  const file = openSync(path, 'w')
  for (const piece of attack.pieces(octets)) writeSync(file, piece)
  closeSync(file)
  return 0
}

/** Whatever else the machine does only adds to it. */
function leastCpu(usages: readonly Usage[]): number {
  return Math.min(...usages.map(({ cpuSeconds }) => cpuSeconds))
}
