import { describe, expect, test } from 'vitest'
import { CALL_LIMITS, SIP_SYNTAX_LIMITS, WATCH_LIMITS } from '../../src/limits/sip-limits.ts'
import { TcpFlag } from '../../src/net/datagram.ts'
import type { ScanOptions } from '../../src/scan/scan.ts'
import { ethernet, ipv4, tcp } from '../net/frame-builder.ts'
import { captureOf, reachedIn, scanned, type Timed } from './limited-scan.ts'
import { address, answerFrame, repeated, type Said, sip, sipFrame } from './sip-frames.ts'
import { inSegments, Sender } from './tcp-sender.ts'

const ALL = { ...SIP_SYNTAX_LIMITS, ...CALL_LIMITS, ...WATCH_LIMITS }
type Name = keyof typeof ALL

/** Traffic that reaches a limit, how much is dropped by it, and how many messages there are in all. */
interface Reaching extends Partial<ScanOptions> {
  readonly frames: readonly (Uint8Array | Timed)[]
  readonly dropped: number
  /** Of `frames`; as many as there are frames where absent. */
  readonly messages?: number
}

/** Over a stream that is known to be SIP; two messages come behind what is too long. */
function overTcp(tooLong: string, messages: number): Reaching {
  const sender = new Sender().send(sip({ callId: 'before' }))
  const { frames } = inSegments(sender, Buffer.from(tooLong)).send(sip({ callId: 'behind', cseq: 2 }))
  return { frames, dropped: 1, messages: messages + 2 }
}

const one = (said: Said): Reaching => ({ frames: [sipFrame(said)], dropped: 1 })

const syn = (sourcePort: number, source: string): Uint8Array =>
  ethernet(ipv4(tcp('', { sourcePort, destinationPort: 5061, flags: TcpFlag.Syn }), { source }))

/** A server of SIP at an unusual port, and what it answers: it is by that that the port is known for SIP's. */
function serverOnPort5080(n: number): Uint8Array[] {
  const [client, server] = ['198.51.100.2', address(n)]
  const request = tcp(sip({ callId: `${n}` }), { sourcePort: 20_000, destinationPort: 5080 })
  const answer = tcp(sip({ start: 200, method: 'OPTIONS', callId: `${n}`, toTag: 't' }), {
    sourcePort: 5080,
    destinationPort: 20_000,
  })
  return [
    ethernet(ipv4(request, { source: client, destination: server })),
    ethernet(ipv4(answer, { source: server, destination: client })),
  ]
}

/** A connection in use, half a minute of silence, and a RST for the first words behind it. */
function deadConnection(n: number): Timed[] {
  const said = (fromClient: boolean, seconds: number, flags = 0x18): Timed => {
    const [client, server] = [address(n), '198.51.100.2']
    const [sourcePort, destinationPort] = fromClient ? [20_000, 5061] : [5061, 20_000]
    const [source, destination] = fromClient ? [client, server] : [server, client]
    const segment = tcp(flags === TcpFlag.Rst ? '' : 'xx', { sourcePort, destinationPort, sequence: seconds, flags })
    return [n * 40 + seconds, ethernet(ipv4(segment, { source, destination }))]
  }
  return [
    ...[true, false, true, false].map((fromClient, second) => said(fromClient, second)),
    said(true, 34),
    said(false, 34, TcpFlag.Rst),
  ]
}

function multipart(parts: number, depth: number): Said {
  const leaf = 'Content-Type: text/plain\r\n\r\nx\r\n'
  let body = `${repeated(parts, () => `--b${depth}\r\n${leaf}`).join('')}--b${depth}--\r\n`
  for (let n = depth - 1; n >= 0; n--) {
    body = `--b${n}\r\nContent-Type: multipart/mixed;boundary=b${n + 1}\r\n\r\n${body}\r\n--b${n}--\r\n`
  }
  return { body, bodyType: 'multipart/mixed;boundary=b0' }
}

const DIGEST = (user: number | string) =>
  `Authorization: Digest username="${user}", realm="r", nonce="n", uri="sip:r", response="00${user}"`

const REACHING: Readonly<Record<Name, () => Reaching>> = {
  sipStartLine: () => overTcp(sip({ requestUri: `sip:${'a'.repeat(9000)}@b` }), 0),
  sipHeaderSection: () => overTcp(sip({ headers: repeated(700, () => `X: ${'x'.repeat(100)}`) }), 1),
  sipMessage: () => overTcp(sip().replace('Content-Length: 0', 'Content-Length: 2000000'), 1),
  sipHeaderLines: () => one({ headers: repeated(1100, (n) => `X-${n}: 1`) }),
  sipHeaderValues: () => one({ headers: [`Route: ${repeated(300, (n) => `<sip:${n}.example>`).join(',')}`] }),
  sipText: () => one({ headers: [`User-Agent: ${'u'.repeat(2000)}`] }),
  sipBodyParts: () => one(multipart(70, 0)),
  sipBodyNesting: () => one(multipart(1, 6)),
  callIds: () => ({ frames: repeated(6410, (n) => sipFrame({ callId: `${n}` })), dropped: 11, maxMemoryMb: 64 }),
  callOctets: () => {
    const body = `v=0\r\n${`a=x:${'x'.repeat(3000)}\r\n`.repeat(20)}`
    const octets = 700 + 200 + 2 * Buffer.byteLength(body)
    const fit = Math.floor((64 * CALL_LIMITS.callOctets.perMegabyte) / octets) + 1
    const frames = repeated(fit + 2, (n) => sipFrame({ start: 'INVITE', callId: `${n}`, body }))
    return { frames, dropped: 3, maxMemoryMb: 64 }
  },
  transactionsOfCall: () => ({
    frames: repeated(1030, (n) => sipFrame({ cseq: n, branch: `z9hG4bK${n}` })),
    dropped: 6,
  }),
  hopsOfTransaction: () => ({ frames: repeated(20, (n) => sipFrame({}, { sourcePort: 6000 + n })), dropped: 4 }),
  responsesOfTransaction: () => ({
    frames: [sipFrame({ start: 'INVITE' }), ...repeated(260, (n) => answerFrame({ start: 180, toTag: `${n}` }))],
    dropped: 4,
  }),
  dialogsOfCall: () => ({
    frames: [sipFrame({ start: 'INVITE' }), ...repeated(70, (n) => answerFrame({ start: 200, toTag: `${n}` }))],
    dropped: 6,
  }),
  invitesOfCall: () => ({
    frames: repeated(260, (n) => sipFrame({ start: 'INVITE', cseq: n + 1, branch: `z9hG4bK${n}` })),
    dropped: 4,
  }),
  legsOfCall: () => ({
    frames: repeated(70, (n) => sipFrame({ start: 'INVITE', branch: `z9hG4bK${n}` }, { sourcePort: 6000 + n })),
    dropped: 6,
  }),
  pathsOfCall: () => ({
    frames: repeated(260, (n) => sipFrame({ branch: `z9hG4bK${n}` }, { sourcePort: 6000 + n })),
    dropped: 4,
  }),
  ladderSteps: () => ({
    frames: repeated(510, (n) => sipFrame({ start: n === 0 ? 'INVITE' : 'INFO', cseq: n + 1, branch: `z9hG4bK${n}` })),
    dropped: 10,
    ladders: true,
  }),
  watchedSources: () => ({
    frames: repeated(2050, (n) => sipFrame({ callId: `${n}` }, { source: address(n) })),
    dropped: 3,
  }),
  passwordTries: () => ({
    frames: repeated(4100, (n) => sipFrame({ start: 'REGISTER', callId: `${n}`, headers: [DIGEST('u')] })),
    dropped: 4,
  }),
  accountsOfSource: () => ({
    frames: repeated(20, (n) => {
      const said = { callId: `${n}`, branch: `z9hG4bK${n}`, method: 'REGISTER' }
      const request = sipFrame({ ...said, start: 'REGISTER', headers: [DIGEST(n)] })
      return [request, answerFrame({ ...said, start: 403, toTag: 't' })]
    }).flat(),
    dropped: 4,
  }),
  scanners: () => ({
    frames: repeated(1005, (n) =>
      sipFrame({ callId: `${n}`, headers: ['User-Agent: friendly-scanner'] }, { source: address(n) }),
    ),
    dropped: 5,
  }),
  openRegistrations: () => ({
    frames: repeated(8200, (n) => sipFrame({ start: 'REGISTER', callId: `${n}` })),
    dropped: 8,
  }),
  refusedRegistrations: () => ({
    frames: repeated(2005, (n) => {
      const said = { callId: `${n}`, branch: `z9hG4bK${n}`, method: 'REGISTER', to: `sip:${n}@a` }
      return [sipFrame({ ...said, start: 'REGISTER' }), answerFrame({ ...said, start: 403, toTag: 't' })]
    }).flat(),
    dropped: 5,
  }),
  inviteTargets: () => ({
    frames: repeated(2005, (n) =>
      sipFrame({ start: 'INVITE', callId: `${n}`, requestUri: `sip:a@${n}.example` }, { sourcePort: 6000 }),
    ),
    dropped: 5,
  }),
  openInvites: () => ({
    frames: repeated(4100, (n) => sipFrame({ start: 'INVITE', callId: `${n}` })),
    dropped: 4,
  }),
  sipPeers: () => ({
    frames: repeated(10_005, (n) => sipFrame({ callId: `${n % 100}` }, { source: address(n) })),
    dropped: 6,
  }),
  tcpAnswers: () => ({
    frames: repeated(10_005, (n) =>
      ethernet(ipv4(tcp('', { sourcePort: 20_000 + n, destinationPort: 5060, flags: TcpFlag.Syn | TcpFlag.Ack }))),
    ),
    dropped: 5,
    messages: 0,
  }),
  sipServers: () => ({
    frames: repeated(2003, serverOnPort5080).flat(),
    dropped: 3,
  }),
  connectionPairs: () => ({ frames: repeated(2003, (n) => syn(20_000, address(n))), dropped: 3, messages: 0 }),
  connectionAttempts: () => ({ frames: repeated(4100, (n) => syn(20_000 + n, address(0))), dropped: 4, messages: 0 }),
  openConnections: () => ({
    frames: repeated(16_390, (n) => ethernet(ipv4(tcp('xx', { sourcePort: 20_000 + n, destinationPort: 5060 })))),
    dropped: 6,
    messages: 0,
  }),
  lostConnectionPairs: () => ({ frames: repeated(2003, deadConnection).flat(), dropped: 3, messages: 0 }),
  keepAlivePairs: () => ({
    frames: repeated(2003, (n) => [
      sipFrame({ callId: `${n}` }, { source: address(n), destination: '198.51.100.2' }),
      sipFrame(
        { start: 200, method: 'OPTIONS', callId: `${n}`, toTag: 't' },
        { source: '198.51.100.2', destination: address(n) },
      ),
    ]).flat(),
    dropped: 3,
  }),
  openRequests: () => ({ frames: repeated(4100, (n) => sipFrame({ callId: `${n}` })), dropped: 5 }),
  openRequestsOfCall: () => ({
    frames: repeated(20, (n) => sipFrame({ cseq: n, branch: `z9hG4bK${n}` })),
    dropped: 4,
  }),
  unansweredPeers: () => ({
    frames: [
      ...repeated(2004, (n) => sipFrame({ callId: `${n}` }, { source: address(n) })),
      [40, answerFrame({ start: 200 })],
    ],
    dropped: 5,
  }),
  repeatedResponses: () => ({
    frames: repeated(2050, (n) => answerFrame({ start: 200, callId: `${n}`, toTag: 't' })).flatMap((frame) => [
      frame,
      frame,
    ]),
    dropped: 2,
  }),
  repeatedRequests: () => ({
    frames: repeated(2050, (n) => {
      const invite = sipFrame({ start: 'INVITE', callId: `${n}` })
      return [invite, answerFrame({ start: 180, callId: `${n}`, toTag: 't' }), invite]
    }).flat(),
    dropped: 2,
  }),
  unreadPeers: () => ({
    frames: repeated(10_005, (n) => sipFrame({ start: 200 }, { source: address(n) }).subarray(0, 90)),
    dropped: 5,
  }),
  clearSipPairs: () => ({
    frames: repeated(10_005, (n) => sipFrame({ callId: `${n % 100}` }, { sourcePort: 20_000 + n })),
    dropped: 6,
  }),
}

/** Ordinary traffic behind that, from elsewhere. */
const AFTER = sipFrame({ callId: 'after' }, { source: '192.0.2.77' })

describe('limits of SIP, calls and watches', () => {
  test.each(Object.keys(ALL) as Name[])('%s', { timeout: 120_000 }, async (name) => {
    const { frames, dropped, messages = frames.length, ...options } = REACHING[name]()
    const report = await scanned(captureOf([...frames, AFTER]), options)
    expect(reachedIn(report)).toMatchObject({ [name]: dropped })
    expect(report.totals.sipMessages).toBe(messages + 1)
    expect(report.captures[0]).toMatchObject({ frames: frames.length + 1 })
  })

  test('ordinary traffic reaches none', async () => {
    const frames = [sipFrame({ start: 'INVITE' }), answerFrame({ start: 200, toTag: 't' }), AFTER]
    expect(reachedIn(await scanned(captureOf(frames)))).toEqual({})
  })
})
