import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams } from '../../samples/frames.ts'
import { composeTcpConnection } from '../../samples/tcp-connection.ts'
import type { Report } from '../../src/model/report.ts'
import { scan } from '../../src/scan/scan.ts'
import { ROOT } from './authority-credentials.ts'
import type { Recorded } from './recorded-connection.ts'

/** Certificates of the tests are valid from 2026 to 2126, and a capture's clock ends in 2106. */
export const LATER = 1_800_000_000

export interface Judging {
  /** When the connection is captured, seconds since 1970. */
  readonly epochSeconds?: number
  /** With the key log of the recording. */
  readonly open?: boolean
  readonly policies?: readonly string[]
}

/** A report on a recording, written into a pcap as a connection to port 5061. The root of the tests is known. */
export async function reportOn({ crossings, keyLog }: Recorded, judging: Judging = {}): Promise<Report> {
  const { epochSeconds = LATER, open = false, policies = [] } = judging
  const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-judged-'))
  const file = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const written = crossings.map(({ sender, bytes }, n) => ({
    timeNs: 1e9 + n * 1e7,
    fromClient: sender === 'client',
    octets: bytes,
  }))
  const client = { address: '203.0.113.10', port: 40000 }
  const server = { address: '198.51.100.20', port: 5061 }
  const frames = frameDatagrams(composeTcpConnection(client, server, written))
  try {
    return await scan({
      captures: [file('one.pcap', formatPcap(frames, epochSeconds, 'micro'))],
      caBundles: [file('root.pem', ROOT)],
      ...(open && keyLog !== '' && { tlsKeyLogs: [file('keys.log', keyLog)] }),
      policies,
      workers: 1,
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What the rules of TLS say, each once; that a certificate of the tests is valid for long is left out. */
export async function judged(recorded: Recorded, judging: Judging = {}): Promise<string[]> {
  const { findings } = await reportOn(recorded, judging)
  const said = findings.filter(({ rule, kind }) => rule.startsWith('tls-') && kind !== 'long-lived')
  return [...new Set(said.map(({ rule, kind }) => (kind === undefined ? rule : `${rule}:${kind}`)))].sort()
}

/** The name of a test: what is tried, what is said of it with secrets, and without them where that differs. */
export function tried(what: string, open: readonly string[], sealed: readonly string[]): string {
  const [outcome, hidden] = [open, sealed].map((said) => said.join(', ') || 'nothing')
  return `${what} → ${outcome}${hidden === outcome ? '' : `; without secrets ${hidden}`}`
}
