import type { TraceWriter } from '../../bench/captures/trace-writer.ts'
import { clientPlace, TcpTalk } from './tcp-talk.ts'
import {
  CHANGE_CIPHER,
  ContentType,
  certificate,
  certificates,
  clientHello,
  HELLO_DONE,
  KEY_EXCHANGE,
  records,
  SEALED_FINISHED,
  serverHello,
} from './tls-messages.ts'

export const TLS_SERVER = { address: 0xc6336402, port: 5061 }

export function tlsTalk(writer: TraceWriter, n: number): TcpTalk {
  return new TcpTalk(writer, clientPlace(n), TLS_SERVER).open()
}

const CHAINS = Array.from({ length: 10 }, (_, n) => [
  certificate(n, { subject: `sbc${n}.example.com`, names: [`sbc${n}.example.com`], issuer: 'Intermediate' }),
  certificate(100 + n, { subject: 'Intermediate', issuer: 'Root' }),
])

/** A connection as they are mostly: a handshake, and some of what was said inside. */
export function ordinaryTls(writer: TraceWriter, n: number): void {
  const talk = tlsTalk(writer, n)
  talk.say('client', records(ContentType.Handshake, clientHello(n)))
  talk.say(
    'server',
    records(
      ContentType.Handshake,
      Buffer.concat([serverHello(n), certificates(CHAINS[n % CHAINS.length]), HELLO_DONE]),
    ),
  )
  talk.say('client', Buffer.concat([records(ContentType.Handshake, KEY_EXCHANGE), CHANGE_CIPHER, SEALED_FINISHED]))
  talk.say('server', Buffer.concat([CHANGE_CIPHER, SEALED_FINISHED]))
  for (const sender of ['client', 'server', 'client', 'server'] as const) {
    talk.say(sender, records(ContentType.ApplicationData, Buffer.alloc(600, 0xe7)))
  }
}
