import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Crossing } from './recorded-connection.ts'

/** A trace of RFC 8448: every record as it is on the wire, and the secrets of the trace as a key log has them. */
export interface Trace {
  readonly crossings: readonly Crossing[]
  readonly keyLog: string
}

type Name = '3-simple' | '4-resumed' | '5-hello-retry-request' | '6-client-authentication' | '7-compatibility-mode'

/** Paragraphs: the key log, then a record each, its sender on the first line and its octets in hexadecimal. */
export function trace(name: Name): Trace {
  const path = fileURLToPath(new URL(`./rfc8448/${name}.txt`, import.meta.url))
  const [keyLog, ...records] = readFileSync(path, 'latin1').split('\n\n')
  return {
    keyLog,
    crossings: records.map((record) => {
      const [sender, ...hex] = record.trim().split('\n')
      return { sender: sender as Crossing['sender'], bytes: Buffer.from(hex.join(''), 'hex') }
    }),
  }
}

/** What both sides say: 0x00 to 0x31. */
export const PAYLOAD = Buffer.from(Array.from({ length: 50 }, (_, n) => n)).toString('latin1')
