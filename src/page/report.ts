import type { Call } from '../model/report.ts'
import { BLOCK, type PageFinding, type PageIndex, type PageStream } from '../report/html/page-index.ts'
import { BlockList, readBlock } from './blocks.ts'

/** All that is said of a call. */
export interface CallDetail {
  readonly row: number
  readonly call: Call
  readonly streams: readonly PageStream[]
  readonly findings: readonly PageFinding[]
  /** The calls that it is one with, itself among them. */
  readonly joined?: PageIndex['joined'][number]
}

/** The report that the document carries. */
export class PageReport {
  readonly index: PageIndex
  readonly #calls = new BlockList<Call>('calls', BLOCK.calls)
  readonly streams = new BlockList<PageStream>('streams', BLOCK.streams)
  readonly findings = new BlockList<PageFinding>('findings', BLOCK.findings)

  constructor(index: PageIndex) {
    this.index = index
  }

  static async read(): Promise<PageReport> {
    return new PageReport(await readBlock<PageIndex>('index'))
  }

  async call(row: number): Promise<CallDetail> {
    const { rows, joined } = this.index
    const [call, streams, findings] = await Promise.all([
      this.#calls.get(row),
      this.streams.all(rows.streams[row]),
      this.findings.all(rows.findings[row]),
    ])
    const group = joined.find((one) => one.rows.includes(row))
    return { row, call, streams, findings, ...(group !== undefined && { joined: group }) }
  }
}
