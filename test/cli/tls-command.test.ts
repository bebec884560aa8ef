import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams } from '../../samples/frames.ts'
import { composeTcpConnection } from '../../samples/tcp-connection.ts'
import type { ScanArguments } from '../../src/cli/scan-command.ts'
import { tlsCommand } from '../../src/cli/tls-command.ts'
import { scan } from '../../src/scan/scan.ts'
import { record } from '../tls/recorded-connection.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'tls-command-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const CAPTURES = ['a.pcap', 'b.pcap'].map((name) => join(FOLDER, name))
const NOW = Date.parse('2030-01-01T00:00:00Z')

beforeAll(async () => {
  for (const [n, path] of CAPTURES.entries()) {
    const { crossings } = await record({ client: { maxVersion: 'TLSv1.2' } })
    const written = crossings.map(({ sender, bytes }, at) => ({
      timeNs: 1e9 + at * 1e7,
      fromClient: sender === 'client',
      octets: bytes,
    }))
    const server = { address: `198.51.100.${20 + n}`, port: 5061 }
    const frames = frameDatagrams(composeTcpConnection({ address: '203.0.113.10', port: 40000 }, server, written))
    writeFileSync(path, formatPcap(frames, 1_795_300_000, 'micro'))
  }
})

const run = (changes: Partial<ScanArguments>) => {
  const lists = [
    'read',
    'keys',
    'tlsKeylog',
    'tlsKey',
    'caBundle',
    'crl',
    'policy',
    'ignore',
    'only',
    'format',
    'output',
  ]
  const none = Object.fromEntries(lists.map((name) => [name, []]))
  const args = { ...none, captures: CAPTURES, failOn: 'error', quiet: false, verbose: false, workers: 1, ...changes }
  return tlsCommand(args as unknown as ScanArguments, NOW)
}

test('a table at 80 columns and JSON, each in its file: JSON is what the report has under tls', async () => {
  const [text, json] = ['tls.txt', 'tls.json'].map((name) => join(FOLDER, name))
  expect(await run({ format: ['text', 'json'], output: [text, json] })).toBe(0)
  const table = readFileSync(text, 'utf8')
  expect(table.split('\n').filter((line) => line.length > 80 && !line.includes(FOLDER))).toEqual([])
  expect(table.match(/^198\.51\.100\.2[01]:5061 trunk\.example\.com$/gm)).toHaveLength(2)
  expect(table).toContain('b.pcap)')
  expect(table).toMatch(/days left at the\s+capture/)
  const { tls } = await scan({ captures: CAPTURES, workers: 1 })
  expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual({ tls })
})

test('filters, and the exit status by what is found of TLS alone', async () => {
  const output = [join(FOLDER, 'one.json'), join(FOLDER, 'one.txt')]
  expect(await run({ output, ip: '198.51.100.21', failOn: 'warning' })).toBe(1)
  const { tls, keptTo } = JSON.parse(readFileSync(output[0], 'utf8')) as { tls: { server: string }[]; keptTo: string[] }
  expect(keptTo).toEqual(['--ip'])
  expect(readFileSync(output[1], 'utf8')).toMatch(/^Some is left out, by --ip\n/)
  expect(tls.map(({ server }) => server)).toEqual(['198.51.100.21:5061'])
})

test('another format is refused before anything is read', async () => {
  await expect(run({ format: ['ndjson'], captures: ['/nowhere.pcap'] })).rejects.toThrow(/writes text or json/)
})
