import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { ECDSA, type ServerCredentials } from '../tls/credentials.ts'

/** A datagram that crossed the relay. */
export interface Crossed {
  readonly sender: 'client' | 'server'
  readonly octets: Buffer
}

export interface Handshake {
  readonly crossed: readonly Crossed[]
  readonly keyLog: string
  /** What the client exported (RFC 5705), by its own account. */
  readonly exported: Buffer
}

export interface DtlsServerOptions {
  /** Of s_server; of SRTP profiles those that it takes. */
  readonly server?: readonly string[]
  readonly profile: string
  readonly credentials?: ServerCredentials
  /** A configuration of openssl, where no option says it. */
  readonly conf?: string
  /** How often the n-th datagram arrives that crosses the relay: not at all, once or twice. It crosses in any case. */
  readonly arrives?: (n: number) => 0 | 1 | 2
}

export const OPENSSL = spawnSync('openssl', ['version']).status === 0

/** An s_server of DTLS on loopback, and s_clients that shake hands with it through a relay that keeps what crosses it. */
export class DtlsServer {
  readonly folder: string
  readonly #process: ChildProcessWithoutNullStreams
  readonly #relay: Relay
  readonly #profile: string

  private constructor(folder: string, process: ChildProcessWithoutNullStreams, relay: Relay, profile: string) {
    this.folder = folder
    this.#process = process
    this.#relay = relay
    this.#profile = profile
  }

  static async open({ profile, conf, arrives, ...options }: DtlsServerOptions): Promise<DtlsServer> {
    const { server = ['-dtls', '-listen'], credentials = ECDSA } = options
    const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-dtls-'))
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const port = await freePort()
    const shown = ['-key', file('key.pem', credentials.key), '-cert', file('cert.pem', credentials.cert)]
    const configured = conf === undefined ? env : { ...env, OPENSSL_CONF: file('openssl.cnf', conf) }
    const ask = ['-accept', `127.0.0.1:${port}`, ...shown, '-use_srtp', profile]
    const process = spawn('openssl', ['s_server', ...server, ...ask], { env: configured })
    process.stdin.on('error', () => undefined)
    process.stderr.resume()
    // It says ACCEPT when it listens.
    await once(process.stdout, 'data')
    process.stdout.resume()
    return new DtlsServer(folder, process, await Relay.open(port, arrives ?? (() => 1)), profile)
  }

  close(): void {
    this.#process.kill()
    this.#relay.close()
    rmSync(this.folder, { recursive: true })
  }

  /** @param length octets of keying material that the client exports */
  async handshake(length: number, client: readonly string[] = ['-dtls']): Promise<Handshake> {
    const keyLog = join(this.folder, 'keys.log')
    const before = this.#relay.crossed.length
    const dial = ['-connect', `127.0.0.1:${this.#relay.port}`, '-use_srtp', this.#profile, '-keylogfile', keyLog]
    const material = ['-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', `${length}`]
    const dialling = spawn('openssl', ['s_client', ...client, ...dial, ...material])
    dialling.stdin.on('error', () => undefined)
    dialling.stderr.resume()
    let said = ''
    dialling.stdout.on('data', (octets: Buffer) => {
      said += octets.toString('latin1')
      if (!/Keying material: [0-9A-F]+\s[\s\S]*---/.test(said)) return
      dialling.stdin.end('Q\n')
      // Where datagrams come twice, it may wait for a second close_notify.
      late.refresh()
    })
    const ended = once(dialling, 'exit')
    const late = setTimeout(() => dialling.kill(), 8_000)
    await ended
    clearTimeout(late)
    const [, exported = ''] = /Keying material: ([0-9A-F]+)/.exec(said) ?? []
    return {
      crossed: this.#relay.crossed.slice(before),
      keyLog: existsSync(keyLog) ? readFileSync(keyLog, 'latin1') : '',
      exported: Buffer.from(exported, 'hex'),
    }
  }
}

/** One handshake with a server of its own. */
export async function handshake(
  options: DtlsServerOptions,
  length: number,
  client?: readonly string[],
): Promise<Handshake> {
  const server = await DtlsServer.open(options)
  try {
    return await server.handshake(length, client)
  } finally {
    server.close()
  }
}

class Relay {
  readonly crossed: Crossed[] = []
  readonly #inner = createSocket('udp4')
  readonly #outer = createSocket('udp4')
  readonly #arrives: (n: number) => number
  #clientPort = 0

  private constructor(arrives: (n: number) => number) {
    this.#arrives = arrives
  }

  static async open(serverPort: number, arrives: (n: number) => number): Promise<Relay> {
    const relay = new Relay(arrives)
    relay.#outer.on('message', (octets, { port }) => {
      relay.#clientPort = port
      relay.#pass({ sender: 'client', octets }, relay.#inner, serverPort)
    })
    relay.#inner.on('message', (octets) => {
      relay.#pass({ sender: 'server', octets }, relay.#outer, relay.#clientPort)
    })
    await Promise.all([bound(relay.#inner), bound(relay.#outer)])
    return relay
  }

  get port(): number {
    return this.#outer.address().port
  }

  close(): void {
    this.#inner.close()
    this.#outer.close()
  }

  #pass(one: Crossed, socket: Socket, port: number): void {
    const times = this.#arrives(this.crossed.length)
    this.crossed.push(one)
    for (let n = 0; n < times; n++) socket.send(one.octets, port, '127.0.0.1')
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  await bound(socket)
  const { port } = socket.address()
  socket.close()
  return port
}

async function bound(socket: Socket): Promise<void> {
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
}
