import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scan } from '../../src/scan/scan.ts'
import { ObjectServer } from '../capture/object-server.ts'

const server = new ObjectServer()
beforeAll(() => server.listen())
afterAll(() => server.close())

// Both need the second pass, which reads an input again.
test.each(['mismatch.pcap', 'incident.pcapng'])('%s on a server: the report on the file', async (name) => {
  const file = fileURLToPath(new URL(`../../samples/${name}`, import.meta.url))
  const octets = readFileSync(file)
  server.objects.set('/ranges', { octets, entityTag: '"1"' })
  server.objects.set('/gzip', { octets: gzipSync(octets) })
  server.objects.set('/stream', { octets, whole: true })
  const expected = await scan({ captures: [file] })
  for (const path of ['/ranges', '/gzip', '/stream']) {
    const report = await scan({ captures: [server.url(`${path}?sig=5e6f`, 'anna:secret@')] })
    expect(report.captures[0].path).toBe(`${server.url(path)}?…`)
    const captures = report.captures.map((capture, n) => ({
      ...capture,
      path: expected.captures[n].path,
      bytes: expected.captures[n].bytes,
    }))
    expect({ ...report, captures }).toEqual(expected)
    expect(JSON.stringify(report)).not.toMatch(/secret|5e6f/)
  }
})
