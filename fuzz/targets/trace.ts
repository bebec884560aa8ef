import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { detectFormat } from '../../src/capture/format.ts'
import { scan } from '../../src/scan/scan.ts'
import { writePcap } from '../../test/capture/capture-writer.ts'
import { framesOf, seedCaptures } from '../seed-captures.ts'
import { type FuzzTarget, promise, promiseSame } from '../target.ts'

const SAMPLES = join(import.meta.dirname, '../../samples')
const SCHEMA = join(import.meta.dirname, '../../schemas/report.schema.json')

/** The first frames of a capture as a capture of their own. */
function shortened(capture: Uint8Array, frames: number): Uint8Array | undefined {
  const kept = framesOf(capture).slice(0, frames)
  if (kept.some(({ linkType }) => linkType !== kept[0].linkType)) return undefined
  const packets = kept.map(({ bytes }, n) => ({
    seconds: 1_768_469_400,
    nanoseconds: n * 20_000_000,
    data: bytes,
    original: bytes.length,
  }))
  return writePcap(
    packets.filter(({ data }) => data.length > 0),
    { linkType: kept[0]?.linkType ?? 1 },
  )
}

const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-fuzz-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
  JSON.parse(readFileSync(SCHEMA, 'utf8')),
)
let executions = 0

/** A whole capture through the whole product: its report has the shape it promises and its sums are right. */
export const trace: FuzzTarget = {
  name: 'trace',
  longest: 48 << 10,
  patienceMs: 20_000,
  seeds: () => seedCaptures().flatMap((capture) => [30, 120].flatMap((frames) => shortened(capture, frames) ?? [])),
  async run(input) {
    if (detectFormat(input) === undefined) return
    const path = join(folder, `${executions++ % 8}.pcap`)
    writeFileSync(path, input)
    const options = { captures: [path], keyFiles: [join(SAMPLES, 'keys.json')], workers: 1, maxMemoryMb: 64 }
    const report = await scan(options)
    promise(validate(report), `the report fits its schema: ${JSON.stringify(validate.errors?.[0])}`)
    for (const { id, packets, verified, failed, unverified, plain } of report.streams) {
      const judged = verified + failed + unverified + plain
      promise(packets === judged, `${id}: the sum of its packets is right (${packets}, ${judged})`)
    }
    const { rtp, rtcp } = report.totals
    const packets = report.streams.reduce((sum, stream) => sum + stream.packets, 0)
    promise(packets === rtp + rtcp, `all packets are in streams (${packets}, ${rtp + rtcp})`)
    const again = await scan({ ...options, slabBytes: 64 << 10, ladders: false })
    promiseSame(report, again, 'the same capture gives the same report')
  },
}
