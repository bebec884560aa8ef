import { render } from 'preact'
import type { BatchIndex } from '../report/html/batch-index.ts'
import { App } from './app.tsx'
import { BatchView } from './batch/batch-view.tsx'
import { hasBlock, readBlock } from './blocks.ts'
import { PageReport } from './report.ts'

const place = document.getElementById('page') as HTMLElement

/** The document is a report, or the summary of a batch. */
async function draw(): Promise<void> {
  if (hasBlock('batch')) render(<BatchView batch={await readBlock<BatchIndex>('batch')} />, place)
  else render(<App report={await PageReport.read()} />, place)
  performance.mark('report-drawn')
}

draw().catch((error) => render(<p role="alert">This report cannot be read: {String(error)}</p>, place))
