import type { FrameRef } from '../../src/bytes/frame-ref.ts'
import type { TlsConnectionFacts, TlsSender } from '../../src/tls/handshake-facts.ts'
import { HandshakeReader } from '../../src/tls/handshake-reader.ts'
import { readServerHello, type ServerHello } from '../../src/tls/hello.ts'
import { KeyLog } from '../../src/tls/key-log.ts'
import { TlsRecordReader } from '../../src/tls/record-reader.ts'
import { SessionSecrets, type TlsSecrets } from '../../src/tls/session-secrets.ts'
import { TlsConnection } from '../../src/tls/tls-connection.ts'
import type { Crossing } from './recorded-connection.ts'

/** What was read of a connection. */
export interface Reading {
  /** Said inside, in the order of the wire, joined where one side goes on. */
  readonly said: readonly (readonly [TlsSender, string])[]
  readonly anomalies: readonly string[]
  readonly lost: readonly TlsSender[]
  readonly facts: TlsConnectionFacts
}

export function frameAt(frame: number): FrameRef {
  return { position: frame - 1, capture: 0, frame, timeUs: frame * 1e3 }
}

export function secretsOf(keyLog: string, privateKeys: TlsSecrets['privateKeys'] = []): SessionSecrets {
  const log = new KeyLog()
  log.add(keyLog)
  return new SessionSecrets({ keyLog: log, privateKeys })
}

/** Reads a connection; every crossing is a frame. */
export function read(crossings: readonly Crossing[], secrets: SessionSecrets): Reading {
  const said: [TlsSender, string][] = []
  const anomalies: string[] = []
  const lost: TlsSender[] = []
  const connection = new TlsConnection(secrets, {
    onApplicationData: (sender, content) => {
      const text = Buffer.from(content).toString('latin1')
      const last = said.at(-1)
      if (last?.[0] === sender) last[1] += text
      else said.push([sender, text])
    },
    onLost: (sender) => lost.push(sender),
    onAnomaly: (reason) => anomalies.push(reason),
  })
  for (const [n, { sender, bytes }] of crossings.entries()) connection.push(sender, bytes, frameAt(n + 1))
  return { said, anomalies, lost, facts: connection.facts }
}

/** The first ServerHello of a connection. */
export function serverHelloOf(crossings: readonly Crossing[]): ServerHello {
  const hellos: (ServerHello | undefined)[] = []
  const messages = new HandshakeReader((type, body) => {
    // Its octets hold during the call only.
    if (type === 2) hellos.push(readServerHello(Uint8Array.from(body)))
  })
  const records = new TlsRecordReader(({ type, fragment }) => {
    if (type === 22) messages.push(fragment)
  })
  for (const { sender, bytes } of crossings) if (sender === 'server' && hellos.length === 0) records.push(bytes)
  return hellos[0] as ServerHello
}
