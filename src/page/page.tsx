import { render } from 'preact'
import { App } from './app.tsx'
import { PageReport } from './report.ts'

const place = document.getElementById('page') as HTMLElement
PageReport.read().then(
  (report) => {
    render(<App report={report} />, place)
    performance.mark('report-drawn')
  },
  (error) => render(<p role="alert">This report cannot be read: {String(error)}</p>, place),
)
