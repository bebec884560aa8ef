import { once } from 'node:events'
import { createServer, connect as netConnect, type Socket } from 'node:net'
import {
  type ConnectionOptions,
  connect,
  createServer as createTlsServer,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls'
import type { TlsSender } from '../../src/tls/handshake-facts.ts'
import { RSA } from './credentials.ts'

/** Octets as they crossed the wire, in their order. */
export interface Crossing {
  readonly sender: TlsSender
  readonly bytes: Uint8Array
}

export interface Recorded {
  readonly crossings: readonly Crossing[]
  /** NSS key log of the server's side. */
  readonly keyLog: string
  /** Why the client's handshake failed, where it did. */
  readonly error?: Error
}

export interface Conversation {
  readonly server?: TlsOptions
  readonly client?: ConnectionOptions
  /** What is said once the handshake is done; by default one request and one response. */
  readonly talk?: (client: TLSSocket, server: TLSSocket) => Promise<void>
}

export const REQUEST = 'OPTIONS sip:trunk.example.com SIP/2.0\r\n\r\n'
export const RESPONSE = 'SIP/2.0 200 OK\r\n\r\n'

/** A request of the client, and the server's response when it has come. */
export async function exchange(client: TLSSocket, server: TLSSocket): Promise<void> {
  const heard = once(server, 'data')
  client.write(REQUEST)
  await heard
  const answered = once(client, 'data')
  server.write(RESPONSE)
  await answered
}

/** A TLS server of Node on loopback, to which any number of connections are recorded one after the other. */
export class RecordingServer {
  readonly #tls
  readonly #relay
  readonly #keyLog: string[] = []
  readonly #sockets: TLSSocket[] = []
  #crossings: Crossing[] = []

  constructor(options: TlsOptions = {}) {
    this.#tls = createTlsServer({ ...RSA, ...options })
    this.#tls.on('keylog', (line: Buffer) => this.#keyLog.push(line.toString('latin1')))
    this.#tls.on('tlsClientError', () => undefined)
    const sessions = new Map<string, Buffer>()
    this.#tls.on('newSession', (id: Buffer, session: Buffer, done: () => void) => {
      sessions.set(id.toString('hex'), session)
      done()
    })
    this.#tls.on('resumeSession', (id: Buffer, done: (error: null, session: Buffer | null) => void) => {
      done(null, sessions.get(id.toString('hex')) ?? null)
    })
    this.#tls.on('secureConnection', (socket) => {
      socket.on('error', () => undefined)
      this.#sockets.push(socket)
    })
    this.#relay = createServer((socket) => this.#relayed(socket))
  }

  async open(): Promise<void> {
    this.#tls.listen(0, '127.0.0.1')
    await once(this.#tls, 'listening')
    this.#relay.listen(0, '127.0.0.1')
    await once(this.#relay, 'listening')
  }

  close(): void {
    this.#relay.close()
    this.#tls.close()
  }

  /** The key log of all connections so far. */
  get keyLog(): string {
    return this.#keyLog.join('')
  }

  /** Connects once, talks, and hands the recording and the client's socket over. */
  async record({ client: options, talk = exchange }: Conversation = {}): Promise<Recorded & { session?: Buffer }> {
    this.#crossings = []
    const { port } = this.#relay.address() as { port: number }
    const client = connect({
      host: '127.0.0.1',
      port,
      rejectUnauthorized: false,
      servername: 'trunk.example.com',
      ...options,
    })
    let session: Buffer | undefined
    client.on('session', (ticket) => {
      session = ticket
    })
    let refused: Error | undefined
    client.on('error', (error) => {
      refused = error
    })
    const before = this.#sockets.length
    try {
      await once(client, 'secureConnect')
      // A server of TLS 1.3 may still refuse the client, whose own handshake is done.
      while (this.#sockets.length === before && refused === undefined) {
        await new Promise((resolve) => setImmediate(resolve))
      }
      if (refused !== undefined) throw refused
      await talk(client, this.#sockets[before])
      const closed = once(client, 'close')
      client.end()
      client.destroySoon()
      await closed
    } catch (error) {
      client.destroy()
      return { crossings: this.#crossings, keyLog: this.keyLog, error: error as Error }
    }
    return { crossings: this.#crossings, keyLog: this.keyLog, ...(session !== undefined && { session }) }
  }

  #relayed(near: Socket): void {
    const crossings = this.#crossings
    const { port } = this.#tls.address() as { port: number }
    const far = netConnect(port, '127.0.0.1')
    const pass = (from: Socket, to: Socket, sender: TlsSender) => {
      from.on('data', (bytes) => {
        crossings.push({ sender, bytes: Uint8Array.from(bytes as Buffer) })
        to.write(bytes)
      })
      from.on('end', () => to.end())
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
    }
    pass(near, far, 'client')
    pass(far, near, 'server')
  }
}

/** One connection to a server of its own. */
export async function record(conversation: Conversation = {}): Promise<Recorded> {
  const server = new RecordingServer(conversation.server)
  await server.open()
  try {
    return await server.record(conversation)
  } finally {
    server.close()
  }
}
