import { seededOctets } from '../../../samples/seeded-random.ts'
import { type Sent, send } from '../build/media-flow.ts'
import { CALLEE, CALLER, type CallOptions, crypto, parties, telephoneCall, under } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { HealthyTrace } from '../entry.ts'

/** Just on the right side of what a rule says. */
export const healthyEdges: readonly HealthyTrace[] = [
  {
    name: 'media goes on for a second and a half after the BYE',
    looks: 'packets on their way while the BYE overtakes them',
    build: () => made({ callee: { sends: { endMs: 6400, rtcp: 'none' } } }),
  },
  {
    name: 'the next call uses the same ports',
    looks: 'media between two endpoints long after the BYE of the call that named them first',
    build: () => {
      const trace = made({ name: 'first' })
      telephoneCall(trace, { name: 'second', startMs: 9000 })
      return trace
    },
  },
  {
    name: 'each side numbers its payload types in its own way',
    looks: 'payload type 111 one way and 98 the other: each sends what its receiver asked for (RFC 3264 §5.1)',
    build: () =>
      made({
        caller: { line: { codecs: [111, 101] }, sends: { payloadType: 98, each: opus, ticksPerMs: 48 } },
        callee: {
          line: { codecs: [98, 97], names: { 98: 'opus/48000/2', 97: 'telephone-event/8000' } },
          sends: { payloadType: 111, each: opus, ticksPerMs: 48 },
        },
      }),
  },
  {
    name: 'the codec changes by re-INVITE',
    looks: 'payload type 0 in the first half, 8 in the second',
    build: () => {
      const trace = new Trace()
      const each = (sent: Sent) => ({ ...sent, payloadType: sent.atMs < 4000 ? 0 : 8 })
      const { dialog, caller, callee } = telephoneCall(trace, {
        talkMs: 7000,
        caller: { sends: { each } },
        callee: { sends: { each } },
      })
      const alaw = { codecs: [8, 101] }
      dialog.renegotiate(3935, 'callee', [callee.describe(alaw, 2), caller.describe(alaw, 2)])
      return trace
    },
  },
  {
    name: 'a key that cannot be decoded in a line that was not chosen',
    looks: 'tag 1 has an unknown suite, tag 2 a broken key; tag 3 was answered',
    build: () => {
      const lines = [
        crypto('known', { tag: 3 }),
        { tag: 1, suite: 'AEAD_CHACHA20_POLY1305', key: seededOctets('x', 44) },
        crypto('broken', { tag: 2, keyText: 'AAAA' }),
      ]
      return made({ caller: { crypto: lines }, callee: { crypto: [crypto('answered', { tag: 3 })] } })
    },
  },
  {
    name: 'a call is answered with port 0, and a re-INVITE at once brings its media',
    looks: 'the answer declines the only m= line of the offer',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = parties(trace)
      const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe() })
      dialog.respond(300, invite, '200 OK', { body: callee.describe({ port: 0 }) })
      dialog.acknowledge(320, invite)
      dialog.renegotiate(500, 'callee', [callee.describe({}, 2), caller.describe({}, 2)])
      const [startMs, endMs] = [600, 4500]
      send(trace, { label: 'a', from: caller.media, to: callee.media, startMs, endMs, under: caller.under })
      send(trace, { label: 'b', from: callee.media, to: caller.media, startMs, endMs, under: callee.under })
      dialog.end(4520)
      return trace
    },
  },
  {
    name: 'a call is answered with port 0, and its media flows all the same',
    looks: 'the answer declines the only m= line: what wrote it is not what sends',
    build: () => made({ callee: { line: { port: 0 } } }),
  },
  {
    name: 'RTP/SAVP whose keys are given in a file alone',
    looks: 'neither description has a=crypto: a log wrote them without',
    build: () => {
      const [a, b] = [crypto('caller'), crypto('callee')].map(under)
      const line = { profile: 'RTP/SAVP' }
      return made({ caller: { crypto: [], line, under: a }, callee: { crypto: [], line, under: b } })
    },
    keys: {
      keys: ['caller', 'callee'].map((label) => ({
        suite: crypto(label).suite,
        key: Buffer.from(crypto(label).key).toString('base64'),
      })),
    },
  },
  {
    name: 'a relay passes SRTP through',
    looks: 'the same key, SSRC and indices twice: from the caller to the relay, and from the relay to the callee',
    build: relayed,
  },
  {
    name: 'frames of IPv6 are seen on two interfaces',
    looks: 'every packet twice, 150 µs apart, and no IP identification to tell',
    build: () => {
      const trace = made({ caller: { address: '2001:db8:10::10' }, callee: { address: '2001:db8:20::20' } })
      trace.seenTwice(150)
      return trace
    },
  },
  {
    name: 'packets change their order just where the sequence number wraps',
    looks: '0 comes before 65535',
    build: () => {
      const each = (sent: Sent) => (sent.sequenceNumber >= 65_533 ? { ...sent, atMs: sent.atMs + 50 } : sent)
      return made({ caller: { sends: { firstSequence: 65_450, each } } })
    },
  },
  {
    name: 'the wrap falls into a gap of the capture',
    looks: 'from 65500 to 20: half a second of packets was not captured',
    build: () => {
      const each = (sent: Sent) => (sent.sequenceNumber > 65_500 || sent.sequenceNumber < 20 ? null : sent)
      return made({ talkMs: 6000, caller: { sends: { firstSequence: 65_420, each } } })
    },
    allowed: ['media-quality:loss'],
  },
  {
    name: 'a telephone that sends nothing while it is muted',
    looks: 'the callee is silent for 5 s without a hold, and speaks again',
    build: () => {
      let left = 0
      const each = (sent: Sent) => {
        if (sent.atMs > 3000 && sent.atMs < 8000) {
          left++
          return null
        }
        return { ...sent, sequenceNumber: (sent.sequenceNumber - left) & 0xffff }
      }
      return made({ talkMs: 9500, callee: { sends: { each } } })
    },
  },
  {
    name: 'held until the end',
    looks: 'the callee falls silent and never speaks again: the caller has put it on hold',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = telephoneCall(trace, {
        talkMs: 9000,
        callee: { sends: { endMs: 4000 } },
      })
      const offer = caller.describe({ direction: 'sendonly' }, 2)
      dialog.renegotiate(4000, 'caller', [offer, callee.describe({ direction: 'recvonly' }, 2)])
      return trace
    },
  },
  {
    name: 'music on hold from another host',
    looks: 'a re-INVITE moves the media of the callee to a server of music; the caller only listens',
    build: () => {
      const trace = new Trace()
      const music = { address: '198.51.100.99', port: 46_000 }
      const { dialog, caller, callee } = telephoneCall(trace, {
        talkMs: 9000,
        caller: { sends: { endMs: 3950 } },
        callee: { sends: { endMs: 3950 } },
      })
      const key = crypto('music')
      const offer = callee.describe({ port: music.port, direction: 'sendonly', crypto: [key] }, 2, music.address)
      dialog.renegotiate(3950, 'callee', [offer, caller.describe({ direction: 'recvonly' }, 2)])
      const flow = { label: 'music', from: music, to: caller.media, startMs: 4100, endMs: 9850, under: under(key) }
      send(trace, flow)
      return trace
    },
  },
  {
    name: 'a call that is inactive from the start',
    looks: 'answered, and no packet either way; another call of the capture has its media',
    build: () => {
      const trace = made({})
      const inactive = { line: { direction: 'inactive' }, sends: 'nothing' } as const
      telephoneCall(trace, {
        name: 'inactive',
        startMs: 200,
        caller: { ...inactive, port: 31_000 },
        callee: { ...inactive, port: 41_000 },
      })
      return trace
    },
  },
  {
    name: 'keys agreed by ZRTP',
    looks: 'RTP/AVP with a=zrtp-hash on both sides, and media that no key opens',
    build: () => {
      const line = { attributes: [`zrtp-hash:1.10 ${seededOctets('hello', 32).toString('hex')}`] }
      const secret = under(crypto('agreed in the media'))
      const trace = made({
        caller: { crypto: [], line, under: secret },
        callee: { crypto: [], line, under: secret },
      })
      const [a, b] = [
        { address: CALLER, port: 30_000 },
        { address: CALLEE, port: 40_000 },
      ]
      for (let n = 0; n < 4; n++) {
        trace.datagram(912 + n * 30, a, b, zrtp(n, 0x11111111))
        trace.datagram(920 + n * 30, b, a, zrtp(n, 0x22222222))
      }
      return trace
    },
    allowed: ['keying-not-visible:zrtp'],
  },
  {
    name: 'a key that was offered twice, once to a busy telephone',
    looks: 'one master key in two calls, but the first has no media',
    build: () => {
      const trace = new Trace()
      const lines = [crypto('kept')]
      const { dialog, caller } = parties(trace, { name: 'busy', caller: { crypto: lines } })
      const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe() })
      dialog.respond(300, invite, '486 Busy Here')
      dialog.acknowledge(320, invite, true)
      telephoneCall(trace, { name: 'again', startMs: 2000, caller: { crypto: lines } })
      return trace
    },
  },
  {
    name: 'everything as the policy asks',
    looks: 'suite, codec, ports, networks and domain are all asked for',
    build: () => made({ uri: 'sip:bob@voice.judgement.example', caller: { port: 20_000 }, callee: { port: 20_100 } }),
    policy: {
      srtp: { required: true, suites: ['AES_CM_128_HMAC_SHA1_80'] },
      codecs: ['PCMU', 'PCMA'],
      mediaPorts: { from: 16_384, to: 32_768 },
      networks: { signalling: ['203.0.113.0/24', '198.51.100.0/24'], media: ['203.0.113.0/24', '198.51.100.0/24'] },
      strangersDropped: true,
      sip: { domains: ['voice.judgement.example'], invitesPerSecond: 5 },
    },
  },
  {
    name: 'a stranger that is dropped',
    looks: 'seven INVITEs from outside, and silence',
    build: () => {
      const trace = new Trace()
      const { dialog, caller } = parties(trace, { caller: { address: '192.0.2.66', crypto: [] } })
      const body = caller.describe()
      const { number, branch } = dialog.request(0, 'caller', 'INVITE', { body })
      for (const atMs of [500, 1500, 3500, 7500]) dialog.request(atMs, 'caller', 'INVITE', { body, number, branch })
      return trace
    },
    policy: { strangersDropped: true },
  },
]

function made(options: CallOptions): Trace {
  const trace = new Trace()
  telephoneCall(trace, options)
  return trace
}

function opus(sent: Sent, n: number): Sent {
  return { ...sent, payload: seededOctets(`opus ${sent.ssrc} ${n}`, 60 + (n % 30)) }
}

/** A ZRTP packet (RFC 6189 §5): the preamble and cookie in place of RTP's header, then a Hello. */
function zrtp(sequenceNumber: number, ssrc: number): Buffer {
  const packet = Buffer.concat([
    Buffer.alloc(12),
    Buffer.from('505a0016', 'hex'),
    Buffer.from('Hello   '),
    Buffer.alloc(80),
  ])
  packet[0] = 0x10
  packet.writeUInt16BE(sequenceNumber, 2)
  packet.write('ZRTP', 4)
  packet.writeUInt32BE(ssrc, 8)
  return packet
}

/** A B2BUA in the middle that anchors media without keys of its own: it hands on descriptions and packets. */
function relayed(): Trace {
  const trace = new Trace()
  const relay = { address: '198.51.100.20', port: 50_000 }
  const far = { address: '192.0.2.80', port: 44_000 }
  const [a, b] = [crypto('end a'), crypto('end b')]
  const sessionId = { caller: 'c3'.repeat(16), callee: 'd4'.repeat(16) }
  const twice = (
    label: string,
    hops: readonly [{ address: string; port: number }, { address: string; port: number }][],
    key: typeof a,
  ) => {
    for (const [n, [from, to]] of hops.entries()) {
      send(trace, { label, from, to, startMs: 1000 + n * 2, endMs: 5000 + n * 2, under: under(key), rtcp: 'none' })
    }
  }
  const near = { address: CALLER, port: 30_000 }
  const inner = { ...relay, port: 50_100 }
  const outer = { name: 'outer', ringMs: 950, talkMs: 4100, sessionId }
  telephoneCall(trace, {
    ...outer,
    caller: { crypto: [a], sends: 'nothing' },
    callee: { ...relay, crypto: [b], sends: 'nothing' },
  })
  telephoneCall(trace, {
    ...outer,
    name: 'inner',
    startMs: 30,
    ringMs: 900,
    caller: { ...inner, crypto: [a], sends: 'nothing' },
    callee: { ...far, crypto: [b], sends: 'nothing' },
  })
  twice(
    'from a',
    [
      [near, relay],
      [inner, far],
    ],
    a,
  )
  twice(
    'from b',
    [
      [far, inner],
      [relay, near],
    ],
    b,
  )
  return trace
}
