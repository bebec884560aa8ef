import { describe, expect, test } from 'vitest'
import { type IcmpErrorRun, IcmpErrors } from '../../../src/model/icmp-errors.ts'
import { TcpFlag } from '../../../src/net/datagram.ts'
import { sipConnectionFailed } from '../../../src/rules/signalling/sip-connection-failed.ts'
import { Watched } from '../../sip/watch/watched.ts'
import { frameAt, traceOf } from '../media-trace.ts'

const SBC = '203.0.113.5'
const CARRIER = '198.51.100.20'
const SYN = TcpFlag.Syn
const SYN_ACK = TcpFlag.Syn | TcpFlag.Ack
const RST = TcpFlag.Rst | TcpFlag.Ack

type Segment = readonly [flags: number, from: string, to: string, seconds: number]

const end = (text: string) => {
  const [address, port] = text.split(':')
  return { address, port: Number(port) }
}

function heard(segments: readonly Segment[], watched = new Watched()): Watched {
  for (const [n, [flags, from, to, seconds]] of segments.entries())
    watched.watch.segment(flags, end(from), end(to), { ...frameAt(n + 1), timeUs: seconds * 1e6 })
  return watched
}

const find = (watched: Watched, untilSeconds = 1000, icmp = new IcmpErrors([])) =>
  sipConnectionFailed.find(traceOf({ signalling: watched.watch.facts(() => untilSeconds * 1e6), icmp }))

const [from, to] = [`${SBC}:40000`, `${CARRIER}:5061`]
const refused = (n: number, source = SBC, target = to): Segment[] => {
  const port = `${source}:${40_000 + n}`
  return [
    [SYN, port, target, n * 30],
    [RST, target, port, n * 30 + 0.02],
  ]
}
const silent = (seconds: readonly number[], port = from): Segment[] => seconds.map((at) => [SYN, port, to, at])

describe('a connection that RST refuses', () => {
  test('once: a warning', () => {
    expect(find(heard(refused(0)))).toMatchObject([
      {
        kind: 'refused',
        severity: 'warning',
        frames: [1, 2],
        detail: `${SBC} asks ${to} for a TCP connection, and RST refuses it. None was made in this capture.`,
        evidence: { attempts: 1, refused: 1, made: 0 },
      },
    ])
  })

  test('again and again: an error', () => {
    expect(find(heard([0, 1, 2, 3].flatMap((n) => refused(n))))).toMatchObject([
      { kind: 'refused', severity: 'error', evidence: { attempts: 4 } },
    ])
  })

  test('of who takes part in SIP: an error at once', () => {
    const watched = new Watched().exchange({ from: '192.0.2.9', to: SBC, start: 'OPTIONS', callId: 'o' }, 200)
    expect(find(heard(refused(0), watched))).toMatchObject([{ severity: 'error' }])
  })

  test('beside others that are made: a warning', () => {
    const made: Segment[] = [
      [SYN, `${SBC}:50000`, to, 100],
      [SYN_ACK, to, `${SBC}:50000`, 100.02],
    ]
    expect(find(heard([...refused(0), ...refused(1), ...made]))).toMatchObject([
      {
        severity: 'warning',
        evidence: { refused: 2, made: 1 },
        detail: expect.stringMatching(/One other was made\.$/),
      },
    ])
  })

  test('a RST that ends a connection refuses none', () => {
    const segments: Segment[] = [
      [SYN, from, to, 0],
      [SYN_ACK, to, from, 0.02],
      [TcpFlag.Ack, from, to, 0.03],
      [RST, to, from, 0.1],
    ]
    expect(find(heard(segments))).toEqual([])
  })

  test('another port is not one of SIP', () => expect(find(heard(refused(0, SBC, `${CARRIER}:443`)))).toEqual([]))
})

describe('a connection that nothing answers', () => {
  test('SYNs that come again', () => {
    expect(find(heard(silent([0, 1, 3, 7])))).toMatchObject([
      {
        kind: 'unanswered',
        detail: `${SBC} asks ${to} for a TCP connection, and nothing answers 4 SYNs within 7.0 s. None was made in this capture.`,
        evidence: { attempts: 1, refused: 0, syns: 4, spanMs: 7000 },
      },
    ])
  })

  test.each([
    ['one SYN alone, as of a probe', silent([0]), 1000],
    ['the same SYN on two interfaces', silent([0, 0.002]), 1000],
    ['a capture that ends before an answer could be there', silent([0, 1]), 2],
    ['an answer that is late', [...silent([0, 1]), [SYN_ACK, to, from, 1.4] as const], 1000],
    ['an answer that took a way past the capture', [...silent([0, 1]), [TcpFlag.Ack, from, to, 1.4] as const], 1000],
  ])('not: %s', (_, segments, untilSeconds) => {
    expect(find(heard(segments), untilSeconds)).toEqual([])
  })

  test('another capture shows the same SYN later by its clock', () => {
    const watched = new Watched()
    for (const capture of [0, 1])
      watched.watch.segment(SYN, end(from), end(to), { ...frameAt(1 + capture), capture, timeUs: capture * 2e6 })
    expect(find(watched)).toEqual([])
  })
})

describe('what ICMP says of a SYN', () => {
  const run: IcmpErrorRun = {
    by: '203.0.113.1',
    kind: 'prohibited',
    type: 3,
    code: 13,
    transport: 'tcp',
    source: end(from),
    destination: end(to),
    count: 1,
    first: frameAt(2),
    last: frameAt(2),
  }

  test('one of it is enough', () => {
    expect(find(heard(silent([0])), 0, new IcmpErrors([run]))).toMatchObject([
      { kind: 'rejected', evidence: { attempts: 1, icmp: { by: '203.0.113.1' } } },
    ])
  })

  test('beside connections that RST refuses it is not said of these', () => {
    const [found] = find(heard([...refused(1), ...refused(2), ...silent([90, 91, 93])]), 1000, new IcmpErrors([run]))
    expect(found).toMatchObject({ kind: 'rejected', evidence: { attempts: 3, refused: 2 } })
    expect(found.detail).toContain('3 times, and RST refuses it 2 times, or 203.0.113.1 rejects it with ICMP')
  })

  test('not where RST answers: these came to where they went', () => {
    expect(find(heard(refused(0)), 1000, new IcmpErrors([run]))).toMatchObject([{ kind: 'refused' }])
  })

  test('not what it says of the path MTU, which no SYN exceeds (RFC 1191)', () => {
    const tooBig: IcmpErrorRun = { ...run, kind: 'too-big', code: 4, mtu: 1400 }
    expect(find(heard(silent([0, 1, 3])), 1000, new IcmpErrors([tooBig]))).toMatchObject([{ kind: 'unanswered' }])
  })
})

describe('ports', () => {
  const failed = (port: number, watched = new Watched()) =>
    find(
      heard(
        [0, 1].flatMap((n) => refused(n, SBC, `${CARRIER}:${port}`)),
        watched,
      ),
    )

  test('those that trunks have beside 5060 and 5061', () => {
    for (const port of [5060, 5061, 5062, 5067, 5069, 8933, 8934]) expect(failed(port)).toHaveLength(1)
  })

  test('any other is one of SIP where SIP is spoken at it, before the attempt or after it', () => {
    for (const port of [443, 5091, 5070, 8935]) expect(failed(port)).toEqual([])
    const spoken = (port: number) => {
      const watched = new Watched()
      watched.watch.server({ address: CARRIER, port }, frameAt(1))
      return watched
    }
    expect(failed(5091, spoken(5091))).toMatchObject([{ evidence: { port: 5091, refused: 2 } }])
    expect(failed(5091, spoken(5092))).toEqual([])
    const late = heard(refused(0, SBC, `${CARRIER}:5091`))
    late.watch.server({ address: CARRIER, port: 5091 }, frameAt(9))
    expect(find(late)).toHaveLength(1)
  })

  test('at an unusual port those that were made before SIP was spoken count as well', () => {
    const made: Segment[] = [
      [SYN, `${SBC}:39000`, `${CARRIER}:5091`, 0],
      [SYN_ACK, `${CARRIER}:5091`, `${SBC}:39000`, 0.02],
    ]
    const watched = heard([...made, ...refused(1, SBC, `${CARRIER}:5091`)])
    watched.watch.server({ address: CARRIER, port: 5091 }, frameAt(9))
    expect(find(watched)).toMatchObject([{ severity: 'warning', evidence: { made: 1 } }])
  })
})

describe('who is left out', () => {
  test('who asks many once each', () => {
    const hosts = (count: number) =>
      Array.from({ length: count }, (_, n) => refused(n, SBC, `198.51.100.${n + 1}:5060`)).flat()
    expect(find(heard(hosts(3)))).toHaveLength(3)
    expect(find(heard(hosts(4)))).toEqual([])
  })

  test('a stranger at a host that lets others in, and not who has connections itself', () => {
    const other: Segment[] = [
      [SYN, '192.0.2.7:50000', to, 1],
      [SYN_ACK, to, '192.0.2.7:50000', 1.02],
    ]
    expect(find(heard([...other, ...refused(1)]))).toEqual([])
    const elsewhere: Segment[] = [
      [SYN, `${SBC}:51000`, '198.51.100.77:5061', 2],
      [SYN_ACK, '198.51.100.77:5061', `${SBC}:51000`, 2.02],
    ]
    expect(find(heard([...other, ...elsewhere, ...refused(1)]))).toMatchObject([{ severity: 'error' }])
  })

  test('a scanner', () => {
    const watched = new Watched().say({
      ...{ from: SBC, to: CARRIER, start: 'OPTIONS', callId: 's' },
      headers: ['User-Agent: friendly-scanner'],
    })
    expect(find(heard(silent([1, 2, 4, 8]), watched))).toEqual([])
  })
})

test('more than fifty are summed up', () => {
  const segments = Array.from({ length: 60 }, (_, n) => [0, 1].flatMap((k) => refused(2 * n + k, `10.0.0.${n}`))).flat()
  const found = find(heard(segments))
  expect(found).toHaveLength(51)
  expect(found.at(-1)).toMatchObject({ detail: '10 more hosts of this kind.' })
})
