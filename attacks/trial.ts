import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { TraceWriter } from '../bench/captures/trace-writer.ts'
import type { Report } from '../src/model/report.ts'
import type { Attack, Ordinary } from './attack.ts'
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

/** Tries attacks; the ordinary traffic that they are compared with is measured once of each kind and size. */
export class Trials {
  readonly #folder: string
  readonly #rounds: number
  readonly #ordinary = new Map<string, number>()
  #fixed: number | undefined

  /** @param folder for captures, which are removed again */
  constructor(folder: string, rounds: number) {
    mkdirSync(folder, { recursive: true })
    this.#folder = folder
    this.#rounds = rounds
  }

  async run(attack: Attack, usualOctets: number): Promise<Outcome> {
    const capture = join(this.#folder, `${attack.name}.pcap`)
    const report = join(this.#folder, `${attack.name}.json`)
    const octets = attack.octets ?? usualOctets
    try {
      const ordinary = await this.#costOf(attack.against, octets)
      const frames = writeAttack(attack, capture, octets)
      const used = await this.#scans(capture, report, attack.args)
      const nsPerOctet = await this.#cost(used, capture)
      return {
        attack,
        octets: statSync(capture).size,
        nsPerOctet,
        ratio: nsPerOctet / ordinary,
        peakBytes: Math.max(...used.map(({ peakBytes }) => peakBytes)),
        status: used[0].status,
        missing: attack.missing(JSON.parse(readFileSync(report, 'utf8')) as Report, frames),
      }
    } finally {
      for (const path of [capture, report]) rmSync(path, { force: true })
    }
  }

  /** Nanoseconds that an octet of ordinary traffic costs. */
  async #costOf(kind: Ordinary, octets: number): Promise<number> {
    const name = `${kind} ${octets}`
    const known = this.#ordinary.get(name)
    if (known !== undefined) return known
    const capture = join(this.#folder, 'ordinary.pcap')
    try {
      writeOrdinary(capture, kind, octets)
      const cost = await this.#cost(await this.#scans(capture, '/dev/null'), capture)
      this.#ordinary.set(name, cost)
      return cost
    } finally {
      for (const path of [capture, `${capture}.keys`]) rmSync(path, { force: true })
    }
  }

  /** What scans used, less what a scan of nothing uses, for an octet of the file. */
  async #cost(used: readonly Usage[], capture: string): Promise<number> {
    if (this.#fixed === undefined) {
      const nothing = join(this.#folder, 'nothing.pcap')
      new TraceWriter(nothing).close()
      this.#fixed = leastCpu(await this.#scans(nothing, '/dev/null'))
    }
    return ((leastCpu(used) - this.#fixed) * 1e9) / statSync(capture).size
  }

  async #scans(capture: string, report: string, args?: readonly string[]): Promise<Usage[]> {
    const used: Usage[] = []
    for (let round = 0; round < this.#rounds; round++) used.push(await scanApart(capture, report, args))
    return used
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
