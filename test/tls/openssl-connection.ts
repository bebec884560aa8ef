import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, connect as netConnect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Crossing, Recorded } from './recorded-connection.ts'

export const OPENSSL = spawnSync('openssl', ['version']).status === 0

export interface OpensslConversation {
  readonly server?: readonly string[]
  readonly client?: readonly string[]
  /** PEM of the server's key and of its chain, leaf first; and of what the client trusts. */
  readonly key: string
  readonly chain: string
  readonly trusted?: string
  /** Lines that the client is given, one after the other: text, or a command of s_client. */
  readonly lines?: readonly string[]
}

/** A connection of openssl's s_client to its s_server, which answers every line turned round, through a relay that keeps it. */
export async function openssl(conversation: OpensslConversation): Promise<Recorded> {
  const { server = [], client = [], lines = [] } = conversation
  const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-openssl-'))
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const [leaf = ''] = /-----BEGIN[\s\S]*?-----END CERTIFICATE-----\n?/.exec(conversation.chain) ?? []
  const serverPort = await freePort()
  const shown = ['-key', file('key.pem', conversation.key), '-cert', file('leaf.pem', leaf)]
  const chain = ['-cert_chain', file('chain.pem', conversation.chain)]
  const listening = spawn('openssl', [
    's_server',
    '-accept',
    `127.0.0.1:${serverPort}`,
    '-rev',
    ...shown,
    ...chain,
    ...server,
  ])
  const crossings: Crossing[] = []
  const relay = createServer((near) => relayed(near, serverPort, crossings))
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const keyLog = join(folder, 'keys.log')
  try {
    // It says ACCEPT when it listens.
    await once(listening.stdout, 'data')
    const { port } = relay.address() as AddressInfo
    const trust = conversation.trusted === undefined ? [] : ['-CAfile', file('trusted.pem', conversation.trusted)]
    const dial = ['-connect', `127.0.0.1:${port}`, '-servername', 'trunk.example.com', '-keylogfile', keyLog]
    const dialling = spawn('openssl', ['s_client', ...dial, ...trust, ...client])
    const ended = once(dialling, 'exit')
    for (const line of lines) {
      await quiet(crossings)
      dialling.stdin.write(`${line}\n`)
    }
    await quiet(crossings)
    dialling.stdin.end()
    const late = setTimeout(() => dialling.kill(), 5_000)
    await ended
    clearTimeout(late)
    return { crossings, keyLog: existsSync(keyLog) ? readFileSync(keyLog, 'latin1') : '' }
  } finally {
    listening.kill()
    relay.close()
    rmSync(folder, { recursive: true })
  }
}

/** Resolves when something crossed that was not there before, and then nothing for a while; after 3 s in any case. */
async function quiet(crossings: readonly Crossing[]): Promise<void> {
  const before = crossings.length
  let [seen, still] = [before, 0]
  for (let waited = 0; waited < 3000 && (seen === before || still < 200); waited += 20) {
    await delay(20)
    still = crossings.length === seen ? still + 20 : 0
    seen = crossings.length
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

function relayed(near: Socket, serverPort: number, crossings: Crossing[]): void {
  const far = netConnect(serverPort, '127.0.0.1')
  const pass = (from: Socket, to: Socket, sender: Crossing['sender']) => {
    from.on('data', (bytes) => {
      crossings.push({ sender, bytes: Uint8Array.from(bytes as Buffer) })
      to.write(bytes)
    })
    from.on('end', () => to.end())
    from.on('error', () => to.destroy())
  }
  pass(near, far, 'client')
  pass(far, near, 'server')
}
