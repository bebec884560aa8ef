import type { Attack } from '../attack.ts'
import { TcpTalk } from '../transport/tcp-talk.ts'
import { CALLER, message } from './message.ts'

/** Segments of one connection, until there are so many octets. */
function connection(
  name: string,
  title: string,
  next: (n: number) => { readonly payload: Uint8Array; readonly size: number },
  missing: Attack['missing'] = () => [],
): Attack {
  return {
    name,
    title,
    against: 'signalling over TCP',
    write(writer, octets) {
      TcpTalk.begin()
      const talk = new TcpTalk(writer, CALLER).open()
      for (let n = 0; writer.octets < octets; n++) {
        const { payload, size } = next(n)
        talk.say('client', payload, size)
      }
    },
    missing,
  }
}

const text = (value: string) => Buffer.from(value, 'latin1')
const heard: Attack['missing'] = ({ totals }) => (totals.sipMessages > 0 ? [] : ['no message was heard'])

export const CONNECTIONS: readonly Attack[] = [
  connection(
    'slow-header',
    'a header of 60 KB in segments of one octet',
    (n) => ({
      payload: message({ callId: `${n}`, branch: `${n}`, lines: [`X: ${'x'.repeat(60_000)}`] }),
      size: 1,
    }),
    heard,
  ),
  connection(
    'slow-lines',
    '15,000 header lines in segments of four octets',
    (n) => ({
      payload: message({ callId: `${n}`, branch: `${n}`, lines: Array(15_000).fill('a:') }),
      size: 4,
    }),
    heard,
  ),
  connection('slow-body', 'a body of 50 KB in segments of one octet', (n) => ({
    payload: message({ callId: `${n}`, branch: `${n}`, body: 'x'.repeat(50_000), type: 'text/plain' }),
    size: 1,
  })),
  connection('open-body', 'a body without Content-Length, in segments of one octet', (n) => ({
    payload: text(
      message({ callId: `${n}`, branch: `${n}`, body: 'x\r\n'.repeat(16_000), type: 'text/plain' })
        .toString('latin1')
        .replace(/Content-Length: \d+\r\n/, ''),
    ),
    size: 1,
  })),
  connection(
    'lying-length',
    'a Content-Length of 900,000 before each message',
    (n) => ({
      payload: text(
        message({ callId: `${n}`, branch: `${n}` })
          .toString('latin1')
          .replace('Content-Length: 0', 'Content-Length: 900000'),
      ),
      size: 1460,
    }),
    heard,
  ),
  connection(
    'crlf-keep-alives',
    'keep-alives after a message',
    (n) => (n === 0 ? { payload: message({}), size: 1460 } : { payload: text('\r\n\r\n'), size: 4 }),
    heard,
  ),
  connection('crlf-alone', 'keep-alives and nothing else', () => ({
    payload: text('\r\n'.repeat(700)),
    size: 1460,
  })),
  connection(
    'garbage',
    'lines that are no SIP, after a message',
    (n) => (n === 0 ? { payload: message({}), size: 1460 } : { payload: text('garbage\r\n'.repeat(160)), size: 1460 }),
    heard,
  ),
  connection(
    'start-lines',
    'start lines and nothing else',
    () => ({ payload: text('INVITE sip:a@b SIP/2.0\r\n'.repeat(60)), size: 1460 }),
    heard,
  ),
  connection(
    'garbage-octets',
    'a line that never ends, octet by octet',
    (n) => (n === 0 ? { payload: message({}), size: 1460 } : { payload: text('g'.repeat(1000)), size: 1 }),
    heard,
  ),
]
