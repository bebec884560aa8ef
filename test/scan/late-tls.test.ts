import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, expect, test, vi } from 'vitest'
import type { TcpConnection } from '../../src/net/tcp-connection.ts'
import { SipConnection } from '../../src/scan/sip-connection.ts'
import { TlsLog } from '../../src/scan/tls-log.ts'
import { followTlsSecrets } from '../../src/scan/tls-secrets.ts'
import { SessionSecrets } from '../../src/tls/session-secrets.ts'
import { frameAt } from '../tls/reading.ts'
import { record } from '../tls/recorded-connection.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'late-tls-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const message = (start: string, number: number) =>
  `${start}\r\nCall-ID: one\r\nCSeq: ${number} OPTIONS\r\nContent-Length: 0\r\n\r\n`
const START = ['OPTIONS sip:trunk.example.com SIP/2.0', 'SIP/2.0 200 OK']

async function talk(client: TLSSocket, server: TLSSocket): Promise<void> {
  const says = async (from: TLSSocket, to: TLSSocket, text: string) => {
    const heard = new Promise((resolve) => to.once('data', resolve))
    from.write(text)
    await heard
  }
  for (const number of [1, 2]) {
    await says(client, server, message(START[0], number))
    await says(server, client, message(START[1], number))
  }
}

/** A connection whose segments all came before its key log was written. */
async function late(version: 'TLSv1.2' | 'TLSv1.3', endsFirst: boolean) {
  const recorded = await record({ client: { minVersion: version, maxVersion: version }, talk })
  const { keyLog } = recorded
  const crossings = [...recorded.crossings]
  const path = join(FOLDER, `${version} ${endsFirst}.log`)
  const followed = await followTlsSecrets({ tlsKeyLogs: [path] })
  const secrets = new SessionSecrets(followed.secrets)
  const log = new TlsLog()
  const messages: string[] = []
  const connection: TcpConnection = {
    client: { address: '203.0.113.10', port: 40000 },
    server: { address: '198.51.100.20', port: 5061 },
    synSeen: true,
    synAckSeen: true,
    bothSeen: true,
    ignore: () => undefined,
  }
  const sip = new SipConnection(
    connection,
    {
      message: (bytes, _, { source, at }) =>
        messages.push(`${Buffer.from(bytes).toString('latin1').split('\r\n')[0]} ${source.port} ${at.frame}`),
      tls: (of, at) => log.open(of, at),
      server: () => undefined,
      unanswered: () => undefined,
      unread: () => undefined,
      anomaly: (_, reason) => messages.push(reason),
      onLimit: (name) => messages.push(name),
    },
    secrets,
  )
  for (const [n, { sender, bytes }] of crossings.entries()) sip.onData(sender, bytes, frameAt(n + 1))
  const end = () => {
    for (const sender of ['client', 'server'] as const) sip.onEnd(sender, frameAt(crossings.length + 1), 'fin')
  }
  if (endsFirst) end()
  expect(messages).toEqual([])
  appendFileSync(path, keyLog)
  await vi.waitFor(() => expect(messages).toHaveLength(4), { timeout: 20_000, interval: 20 })
  if (!endsFirst) end()
  followed.stop()
  return { messages, entry: log.records[0], frames: crossings.length }
}

test.each([
  ['TLSv1.2', false],
  ['TLSv1.2', true],
  ['TLSv1.3', false],
  ['TLSv1.3', true],
] as const)(
  '%s: SIP is read in its order, with the frames that it came in, when the key log grows',
  async (version, endsFirst) => {
    const { messages, entry, frames } = await late(version, endsFirst)
    const parts = messages.map((one) => /^(.*) (\d+) (\d+)$/.exec(one) ?? [])
    expect(parts.map(([, start]) => start)).toEqual([...START, ...START])
    expect(parts.map(([, , port]) => port)).toEqual(['40000', '5061', '40000', '5061'])
    const at = parts.map(([, , , frame]) => Number(frame))
    expect(at).toEqual(at.toSorted((a, b) => a - b))
    expect(new Set(at).size).toBe(4)
    expect(entry).toMatchObject({ read: true, spoke: ['client', 'server'], end: { how: 'fin', by: 'client' } })
    expect(entry.lastAt.frame).toBe(frames)
    expect(entry.targets).toMatchObject([{ host: 'trunk.example.com', in: 'request-uri' }])
    expect(entry.handshakes[0].certificates.server?.chain).toHaveLength(1)
  },
)
