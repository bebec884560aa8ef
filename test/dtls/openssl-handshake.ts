import { spawn, spawnSync } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ECDSA } from '../tls/credentials.ts'

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

export const OPENSSL = spawnSync('openssl', ['version']).status === 0

/**
 * A DTLS handshake of openssl with itself over loopback, through a relay that keeps what crosses it.
 *
 * @param length octets of keying material that the client exports
 */
export async function handshake(
  profile: string,
  length: number,
  options: readonly string[] = ['-dtls'],
): Promise<Handshake> {
  const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-dtls-'))
  const [key, cert, keyLog] = ['key.pem', 'cert.pem', 'keys.log'].map((name) => join(folder, name))
  writeFileSync(key, ECDSA.key)
  writeFileSync(cert, ECDSA.cert)
  const serverPort = await freePort()
  const ask = ['-accept', `127.0.0.1:${serverPort}`, '-key', key, '-cert', cert, '-use_srtp', profile, '-quiet']
  const server = spawn('openssl', ['s_server', ...options, '-listen', ...ask])
  const crossed: Crossed[] = []
  const relay = await openRelay(serverPort, crossed)
  try {
    await delay(200)
    const dial = ['-connect', `127.0.0.1:${relay.port}`, '-use_srtp', profile, '-keylogfile', keyLog]
    const material = ['-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', `${length}`]
    const client = spawn('openssl', ['s_client', ...options, ...dial, ...material])
    let said = ''
    client.stdout.on('data', (octets: Buffer) => {
      said += octets.toString('latin1')
      if (/Keying material: [0-9A-F]+\s[\s\S]*---/.test(said)) client.stdin.end('Q\n')
    })
    const ended = once(client, 'exit')
    const late = setTimeout(() => client.kill(), 10_000)
    await ended
    clearTimeout(late)
    const [, exported = ''] = /Keying material: ([0-9A-F]+)/.exec(said) ?? []
    return {
      crossed,
      keyLog: existsSync(keyLog) ? readFileSync(keyLog, 'latin1') : '',
      exported: Buffer.from(exported, 'hex'),
    }
  } finally {
    server.kill()
    relay.close()
    rmSync(folder, { recursive: true })
  }
}

async function openRelay(serverPort: number, crossed: Crossed[]): Promise<{ port: number; close: () => void }> {
  const inner = createSocket('udp4')
  const outer = createSocket('udp4')
  let clientPort = 0
  outer.on('message', (octets, { port }) => {
    clientPort = port
    crossed.push({ sender: 'client', octets })
    inner.send(octets, serverPort, '127.0.0.1')
  })
  inner.on('message', (octets) => {
    crossed.push({ sender: 'server', octets })
    outer.send(octets, clientPort, '127.0.0.1')
  })
  await Promise.all([bound(inner), bound(outer)])
  return {
    port: outer.address().port,
    close: () => {
      inner.close()
      outer.close()
    },
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
