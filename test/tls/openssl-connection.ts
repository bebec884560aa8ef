import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, connect as netConnect, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Crossing, Recorded } from './recorded-connection.ts'

export const OPENSSL = spawnSync('openssl', ['version']).status === 0

export interface OpensslIdentity {
  /** Options of s_server. */
  readonly server?: readonly string[]
  /** PEM of the server's key and of its chain, leaf first; none where the suite goes without. */
  readonly key?: string
  readonly chain?: string
  /** A configuration of openssl, where no option says it. */
  readonly conf?: string
}

/** A server without the extended master secret of RFC 7627. */
export const NO_EMS = `openssl_conf = init
[init]
ssl_conf = modules
[modules]
system_default = defaults
[defaults]
Options = -ExtendedMasterSecret
`

export interface OpensslDialogue {
  /** Options of s_client. */
  readonly client?: readonly string[]
  /** PEM of what the client trusts. */
  readonly trusted?: string
  /** Lines that are typed, one after the other: text, or a command of s_client or s_server. */
  readonly lines?: readonly (string | readonly ['server', string])[]
}

export interface OpensslConversation extends OpensslIdentity, OpensslDialogue {
  /** Only what is typed on the server's side is answered; else it turns every line round. */
  readonly typed?: boolean
}

/** A connection of openssl's s_client to its s_server, through a relay that keeps it. */
export async function openssl(conversation: OpensslConversation): Promise<Recorded> {
  const server = await OpensslServer.open(conversation, conversation.typed)
  try {
    return await server.connect(conversation)
  } finally {
    server.close()
  }
}

/** An s_server on loopback, to which connections are made one after the other. */
export class OpensslServer {
  /** Of its own, for sessions and the like; it goes when the server goes. */
  readonly folder: string
  readonly #process: ChildProcessWithoutNullStreams
  readonly #relay: Server
  #crossings: Crossing[] = []

  private constructor(folder: string, process: ChildProcessWithoutNullStreams, port: number) {
    this.folder = folder
    this.#process = process
    this.#relay = createServer((near) => relayed(near, port, this.#crossings))
  }

  static async open({ server = [], key, chain, conf }: OpensslIdentity, typed = false): Promise<OpensslServer> {
    const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-openssl-'))
    const file = fileIn(folder)
    const [leaf = '', ...issuers] = (chain ?? '').match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----\n/g) ?? []
    const shown = key === undefined ? ['-nocert'] : ['-key', file('key.pem', key), '-cert', file('leaf.pem', leaf)]
    const rest = issuers.length === 0 ? [] : ['-cert_chain', file('chain.pem', issuers.join(''))]
    const port = await freePort()
    const ask = ['-accept', `127.0.0.1:${port}`, ...(typed ? [] : ['-rev'])]
    const configured = conf === undefined ? env : { ...env, OPENSSL_CONF: file('openssl.cnf', conf) }
    const process = spawn('openssl', ['s_server', ...ask, ...shown, ...rest, ...server], { env: configured })
    process.stdin.on('error', () => undefined)
    process.stderr.resume()
    const one = new OpensslServer(folder, process, port)
    // It says ACCEPT when it listens.
    await once(process.stdout, 'data')
    process.stdout.resume()
    one.#relay.listen(0, '127.0.0.1')
    await once(one.#relay, 'listening')
    return one
  }

  close(): void {
    this.#process.kill()
    this.#relay.close()
    rmSync(this.folder, { recursive: true })
  }

  async connect({ client = [], trusted, lines = [] }: OpensslDialogue = {}): Promise<Recorded> {
    const file = fileIn(this.folder)
    const keyLog = join(this.folder, 'keys.log')
    this.#crossings = []
    const { port } = this.#relay.address() as AddressInfo
    const trust = trusted === undefined ? [] : ['-CAfile', file('trusted.pem', trusted)]
    const dial = ['-connect', `127.0.0.1:${port}`, '-keylogfile', keyLog]
    const named = client.includes('-servername') ? [] : ['-servername', 'trunk.example.com']
    const dialling = spawn('openssl', ['s_client', ...dial, ...named, ...trust, ...client])
    dialling.stdin.on('error', () => undefined)
    dialling.stdout.resume()
    dialling.stderr.resume()
    const ended = once(dialling, 'exit')
    for (const line of lines) {
      await quiet(this.#crossings)
      if (typeof line === 'string') dialling.stdin.write(`${line}\n`)
      else this.#process.stdin.write(`${line[1]}\n`)
    }
    await quiet(this.#crossings)
    dialling.stdin.end()
    const late = setTimeout(() => dialling.kill(), 5_000)
    await ended
    clearTimeout(late)
    return { crossings: this.#crossings, keyLog: existsSync(keyLog) ? readFileSync(keyLog, 'latin1') : '' }
  }
}

const fileIn = (folder: string) => (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
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
