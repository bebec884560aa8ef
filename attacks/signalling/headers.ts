import type { Attack } from '../attack.ts'
import { uncounted, unsaid } from './complete.ts'
import { fromCaller, type Said, send } from './message.ts'

const ROOM = 60_000

/** As many copies as fit into a datagram. */
function many(text: (n: number) => string, room = ROOM): string[] {
  const texts: string[] = []
  for (let left = room, n = 0; left > 0; n++) {
    texts.push(text(n))
    left -= texts[n].length + 2
  }
  return texts
}

/** INVITEs of 60 KB, each a call of its own, with lines that invite to go over them again and again. */
function large(name: string, title: string, lines: readonly string[], ...reasons: string[]): Attack {
  return largeMessage(name, title, { lines }, ...reasons)
}

function largeMessage(name: string, title: string, said: Said, ...reasons: string[]): Attack {
  return {
    name,
    title,
    against: 'signalling',
    write(writer, octets) {
      send(writer, octets, (n) => [fromCaller({ ...said, callId: `${n}`, branch: `${n}` })])
    },
    missing: (report) => [...uncounted(report), ...reasons.flatMap((reason) => unsaid(report, reason))],
  }
}

const PARAMETERS = many((n) => `;p${n}=v`, 50_000).join('')

export const HEADERS: readonly Attack[] = [
  large('folds', 'a header of 15,000 continuation lines', ['Subject: a', ...many(() => ' b')]),
  large('empty-folds', 'continuation lines of white space', ['Subject: a', ...many(() => '      ')]),
  large(
    'header-lines',
    'thousands of header lines',
    many((n) => `X-${n}: a`),
    'headers-over-limit',
  ),
  large(
    'repeated-headers',
    'thousands of From lines',
    many(() => 'From: <sip:a@b>;tag=1'),
    'repeated-from',
  ),
  large(
    'one-letter-headers',
    'lines without a colon',
    many(() => 'x'),
    'header-without-colon',
  ),
  large('values', 'a Route of 20,000 values', [`Route: ${many(() => '<a>,').join('')}<sip:b>`]),
  large('commas', 'a Contact of 60,000 commas', [`Contact: ${','.repeat(ROOM)}`], 'list-value-empty'),
  large('quotes', 'quotes that open and close', [`Contact: ${'""'.repeat(ROOM / 2)}`]),
  large(
    'open-quotes',
    'escapes in a quote that never closes',
    [`Contact: "${'\\"'.repeat(ROOM / 2)}`],
    'quote-unbalanced',
  ),
  large('open-brackets', 'thousands of opening brackets', [`Contact: ${'<'.repeat(ROOM)}`]),
  large('semicolons', 'a Contact of 60,000 semicolons', [`Contact: <sip:a@b>${';'.repeat(ROOM)}`], 'parameter-empty'),
  large('parameters', 'a Contact of thousands of parameters', [`Contact: <sip:a@b>${PARAMETERS}`]),
  largeMessage('long-uris', 'a Request-URI of thousands of parameters', { uri: `sip:a@b${PARAMETERS}` }),
  largeMessage('escaped-uris', 'a Request-URI of escapes', { uri: `sip:${'%41'.repeat(18_000)}@b` }),
  large(
    'via',
    'a thousand Via lines',
    many((n) => `Via: SIP/2.0/UDP h${n};branch=z9hG4bK${n}`),
    'values-over-limit',
  ),
  large(
    'record-route',
    'thousands of Record-Route lines',
    many((n) => `Record-Route: <sip:h${n};lr>`),
  ),
  large('warnings', 'thousands of Warning values', [`Warning: ${many(() => '399 a "b",').join('')}399 a "b"`]),
  large('reasons', 'thousands of Reason values', [`Reason: ${many(() => 'Q.850;cause=16;text="a",').join('')}SIP`]),
  large('credentials', 'Authorization of thousands of parameters', [
    `Authorization: Digest ${many((n) => `p${n}="v"`).join(',')}`,
  ]),
  large(
    'colons',
    'header lines of colons',
    many(() => `X${':'.repeat(500)}`),
  ),
  largeMessage('session-ids', 'Session-ID of thousands of parameters', {
    lines: [`Session-ID: a${';b'.repeat(ROOM / 2)}`],
  }),
  largeMessage('multipart', 'bodies of parts within parts', nested()),
  largeMessage('body-parts', 'a body of thousands of parts', parts()),
  largeMessage('almost-boundaries', 'a body of what begins like its boundary', almostBoundaries()),
]

function nested(): Said {
  let body = description()
  for (let depth = 0; body.length < 50_000; depth++) {
    body = `--b${depth}\r\nContent-Type: ${depth === 0 ? 'application/sdp' : `multipart/mixed;boundary=b${depth - 1}`}\r\n\r\n${body}\r\n--b${depth}--\r\n`
  }
  const outermost = /^--(b\d+)/.exec(body)?.[1] ?? ''
  return { type: `multipart/mixed;boundary=${outermost}`, body }
}

function parts(): Said {
  const body = many(() => '--b\r\n\r\nx').join('\r\n')
  return { type: 'multipart/mixed;boundary=b', body: `${body}\r\n--b--\r\n` }
}

function almostBoundaries(): Said {
  const body = `--b\r\n\r\n${'x--b'.repeat(ROOM / 4)}\r\n--b--\r\n`
  return { type: 'multipart/mixed;boundary=b', body }
}

function description(): string {
  return 'v=0\r\no=- 1 1 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n'
}
