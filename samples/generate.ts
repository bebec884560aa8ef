import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { composeCall, type SampleKey } from './call.ts'
import { formatPcap, formatPcapng } from './capture-writer.ts'
import { writeExpectedReports } from './expected-reports.ts'
import { frameDatagrams, type TimedDatagram } from './frames.ts'
import { epochSeconds, incident, singleCalls } from './scenarios.ts'

/** The sample captures and their keys by file name, made anew. They follow from the scenarios alone. */
export function composeSamples(): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  const keys: SampleKey[] = []
  for (const [name, call] of Object.entries(singleCalls)) {
    const composed = composeCall(call, epochSeconds)
    keys.push(...composed.keys)
    files.set(name, formatPcap(frameDatagrams(composed.datagrams), epochSeconds, 'micro'))
  }

  const datagrams: (TimedDatagram & { interfaceIndex: number })[] = []
  for (const [interfaceIndex, { calls }] of incident.entries()) {
    for (const call of calls) {
      const composed = composeCall(call, epochSeconds)
      keys.push(...composed.keys)
      datagrams.push(...composed.datagrams.map((datagram) => ({ ...datagram, interfaceIndex })))
    }
  }
  datagrams.sort((a, b) => a.timeNs - b.timeNs)
  const frames = frameDatagrams(datagrams).map((frame, i) => ({
    ...frame,
    interfaceIndex: (datagrams[i] as { interfaceIndex: number }).interfaceIndex,
  }))
  const interfaces = incident.map(
    ({ interfaceName }, i) => ({ name: interfaceName, resolution: i === 0 ? 6 : 9 }) as const,
  )
  files.set('incident.pcapng', formatPcapng(interfaces, frames, epochSeconds))
  files.set('keys.json', Buffer.from(`${JSON.stringify({ keys }, null, 2)}\n`))
  return files
}

/** `npm run samples`: writes the captures and the keys into this folder; `-- --expect`: the reports on them as well. */
function main(): void {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  for (const [name, octets] of composeSamples()) {
    writeFileSync(join(folder, name), octets)
    console.log(`${name}: ${octets.length} octets`)
  }
  if (process.argv.includes('--expect')) writeExpectedReports()
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) main()
