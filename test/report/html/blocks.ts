import { inflateRawSync } from 'node:zlib'
import type { Call } from '../../../src/model/report.ts'
import type { LargeReport } from '../../../src/model/report-objects.ts'
import { formatHtml } from '../../../src/report/html/html.ts'
import type { PageFinding, PageIndex, PageStream } from '../../../src/report/html/page-index.ts'

/** What a document has in its blocks of data. */
export interface ReadDocument {
  readonly html: string
  readonly index: PageIndex
  readonly calls: readonly Call[]
  readonly streams: readonly PageStream[]
  readonly findings: readonly PageFinding[]
}

/** The blocks of data in a document, by their ids. */
export function readBlocks(html: string): Map<string, unknown> {
  const blocks = new Map<string, unknown>()
  for (const [, id, data] of html.matchAll(/<script type="text\/plain" id="([^"]+)">([^<]*)<\/script>/g)) {
    blocks.set(id, JSON.parse(inflateRawSync(Buffer.from(data, 'base64')).toString()))
  }
  return blocks
}

/** Writes a report as HTML and reads its blocks as the page does. */
export function writtenDocument(report: LargeReport): ReadDocument {
  const html = [...formatHtml(report)].join('')
  const blocks = readBlocks(html)
  const all = <T>(name: string): T[] => {
    const objects: T[] = []
    for (let n = 0; blocks.has(`${name}-${n}`); n++) objects.push(...(blocks.get(`${name}-${n}`) as T[]))
    return objects
  }
  return {
    html,
    index: blocks.get('index') as PageIndex,
    calls: all('calls'),
    streams: all('streams'),
    findings: all('findings'),
  }
}
