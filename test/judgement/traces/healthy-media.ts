import { type Sent, send } from '../build/media-flow.ts'
import { CALLER, type CallOptions, crypto, telephoneCall } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { HealthyTrace } from '../entry.ts'

const PRIVATE = '10.1.0.10'

/** Media looks strange, and nothing is wrong. */
export const healthyMedia: readonly HealthyTrace[] = [
  {
    name: 'a call as calls are',
    looks: 'nothing',
    build: () => made({}),
  },
  {
    name: 'a symmetric NAT with an ALG',
    looks: 'the media of the caller comes from a port that the NAT chose, and the callee sends there',
    build: () => {
      const mapped = { address: CALLER, port: 61_234 }
      return made({ caller: { sends: { from: mapped } }, callee: { sends: { to: mapped } } })
    },
    allowed: ['media-address-mismatch'],
  },
  {
    name: 'private addresses within one private network',
    looks: 'RFC 1918 addresses in c=, o= and Contact of both sides',
    build: () => made({ caller: { address: PRIVATE }, callee: { address: '10.1.0.20' } }),
  },
  {
    name: 'private addresses of two private networks that are routed',
    looks: '10/8 on one side, 192.168/16 on the other',
    build: () => made({ caller: { address: PRIVATE }, callee: { address: '192.168.40.20' } }),
  },
  {
    name: 'another SSRC from the middle of the call on',
    looks: 'one stream ends 3 s before the call does, and another begins',
    build: () => {
      const each = (sent: Sent, n: number) =>
        n < 120 ? sent : { ...sent, ssrc: 0x0badcafe, sequenceNumber: 100 + n, rolloverCounter: 0 }
      return made({ talkMs: 7000, callee: { sends: { each, rtcp: 'none' } } })
    },
  },
  {
    name: 'the sequence number wraps, and the rollover counter advances',
    looks: 'from 65535 to 0 in the middle of both streams',
    build: () => made({ caller: { sends: { firstSequence: 65_450 } }, callee: { sends: { firstSequence: 65_500 } } }),
  },
  {
    name: 'the capture begins in the middle of a call whose keys are given',
    looks: 'media without signalling, and a rollover counter of 2',
    build: () => {
      const trace = new Trace()
      const key = (label: string) => crypto(`call/${label}`)
      telephoneCall(trace, {
        talkMs: 6000,
        caller: { crypto: [key('caller')], sends: { rolloverCounter: 2 } },
        callee: { crypto: [key('callee')], sends: { rolloverCounter: 2 } },
      })
      trace.keep(({ source }, atMs) => source.port !== 5060 && atMs > 3000)
      trace.ambient.clear()
      return trace
    },
    keys: {
      keys: ['caller', 'callee'].map((label) => {
        const { suite, key } = crypto(`call/${label}`)
        return { suite, key: Buffer.from(key).toString('base64'), label }
      }),
    },
    allowed: ['media-without-signalling'],
  },
  {
    name: 'signalling before the trace, a re-INVITE within it, and a rollover counter above 0',
    looks: 'the first packets come long before the only answer, under a counter of 1',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = telephoneCall(trace, {
        talkMs: 9000,
        caller: { sends: { rolloverCounter: 1, firstSequence: 700 } },
        callee: { sends: { rolloverCounter: 1, firstSequence: 900 } },
      })
      dialog.renegotiate(6000, 'caller', [caller.describe(), callee.describe()])
      trace.keep((_, atMs) => atMs > 3000)
      return trace
    },
  },
  {
    name: 'comfort noise where nobody speaks',
    looks: 'the callee listens for 6 s and sends one packet a second',
    build: () => {
      const codecs = { line: { codecs: [0, 13, 101] } }
      const each = (sent: Sent, n: number): Sent | null => {
        if (n < 100) return sent
        return n % 50 === 0
          ? { ...sent, payloadType: 13, payload: Buffer.from([70]), sequenceNumber: quiet(sent, n) }
          : null
      }
      return made({ talkMs: 9000, caller: codecs, callee: { ...codecs, sends: { each } } })
    },
  },
  {
    name: 'digits by telephone-event, one of them held for two seconds',
    looks: 'payload type 101, and a hundred packets with one timestamp (RFC 4733 §2.5.1.2)',
    build: () => {
      let began = 0
      const each = (sent: Sent, n: number) => {
        if (n < 60 || n > 160) return sent
        if (n === 60) began = sent.timestamp
        const duration = Buffer.alloc(2)
        duration.writeUInt16BE((sent.timestamp - began) & 0xffff)
        const payload = Buffer.concat([Buffer.from([5, n > 157 ? 0x8a : 0x0a]), duration])
        return { ...sent, payloadType: 101, payload, timestamp: began }
      }
      return made({ talkMs: 6000, caller: { sends: { each } } })
    },
  },
  {
    name: 'headers of RTP without a payload that keep a NAT open',
    looks: 'a payload type that nobody described, in the clear on a secured session (RFC 6263 §4.6)',
    build: () => {
      const trace = new Trace()
      const { caller, callee } = telephoneCall(trace, { talkMs: 9000 })
      send(trace, {
        label: 'keep-alive',
        from: caller.media,
        to: callee.media,
        startMs: 1000,
        endMs: 9000,
        packetMs: 1000,
        payloadType: 20,
        rtcp: 'none',
        each: (sent) => ({ ...sent, payload: Buffer.alloc(0) }),
      })
      return trace
    },
  },
  {
    name: 'headers of RTP without a payload among the SRTP packets of a stream',
    looks: 'packets in the clear on a secured session; a header has nothing to protect (RFC 6263 §4.6)',
    build: () => {
      const each = (sent: Sent, n: number) =>
        n % 60 === 59 ? { ...sent, payload: Buffer.alloc(0), under: undefined } : sent
      return made({ caller: { sends: { each } } })
    },
  },
  {
    name: 'each frame is seen on two interfaces',
    looks: 'every packet twice, 200 µs apart',
    build: () => {
      const trace = made({})
      trace.seenTwice(200)
      return trace
    },
  },
  {
    name: 'packets arrive out of order',
    looks: 'every 40th packet comes after the two that follow it',
    build: () =>
      made({ caller: { sends: { each: (sent, n) => (n % 40 === 20 ? { ...sent, atMs: sent.atMs + 45 } : sent) } } }),
  },
  {
    name: '32-bit tags with SRTCP tags of 80 bits',
    looks: 'two lengths of tags under one key (RFC 4568 §6.2.2)',
    build: () => {
      const suite = 'AES_CM_128_HMAC_SHA1_32'
      return made({ caller: { crypto: [crypto('a', { suite })] }, callee: { crypto: [crypto('b', { suite })] } })
    },
    allowed: ['srtp-weak-suite'],
  },
  {
    name: 'an MKI that is signalled and present',
    looks: 'two octets more in each packet',
    build: () => {
      const mki = { value: 0x0102, length: 2 }
      const line = (label: string) => [crypto(label, { mki, lifetime: '2^31' })]
      return made({ caller: { crypto: line('a') }, callee: { crypto: line('b') } })
    },
  },
  {
    name: 'half a percent of loss',
    looks: 'two of 400 packets are missing',
    build: () =>
      made({ talkMs: 8100, caller: { sends: { each: (sent, n) => (n === 90 || n === 301 ? null : sent) } } }),
  },
  {
    name: 'the capture sees the media of one direction only',
    looks: 'nothing of the other, nor of its SIP: an asymmetric route, seen at one of its sides',
    build: () => {
      const trace = made({})
      trace.keep(({ source }) => source.address === CALLER)
      return trace
    },
  },
  {
    name: 'a dual-stack offer with ICE candidates',
    looks: 'private, link-local and public addresses beside each other',
    build: () => {
      const attributes = [
        'candidate:1 1 UDP 2130706431 192.168.1.30 30000 typ host',
        'candidate:2 1 UDP 2130706175 fe80::1 30000 typ host',
        `candidate:3 1 UDP 1694498815 ${CALLER} 30000 typ srflx raddr 192.168.1.30 rport 30000`,
        'ice-ufrag:8hhY',
        'ice-pwd:asd88fgpdd777uzjYhagZg',
      ]
      return made({ caller: { connection: '192.168.1.30', line: { attributes } } })
    },
  },
  {
    name: 'AES-GCM over TCP and IPv6',
    looks: 'tags of 16 octets, addresses of 16 octets',
    build: () => {
      const suite = 'AEAD_AES_256_GCM'
      return made({
        transport: 'tcp',
        caller: { address: '2001:db8:10::10', crypto: [crypto('a', { suite })] },
        callee: { address: '2001:db8:20::20', crypto: [crypto('b', { suite })] },
      })
    },
  },
  {
    name: 'a call of less than a second without media of the callee',
    looks: 'one direction is empty, and nobody waited for it',
    build: () => made({ talkMs: 700, callee: { sends: 'nothing' } }),
  },
  {
    name: 'a call in which both fall silent and one hangs up 6 s later',
    looks: 'both directions end together, long before the BYE',
    build: () => made({ talkMs: 9000, caller: { sends: { endMs: 3800 } }, callee: { sends: { endMs: 3790 } } }),
  },
  {
    name: 'the callee answers where the caller is announced only to listen',
    looks: 'recvonly: nothing comes from the caller',
    build: () =>
      made({
        caller: { line: { direction: 'recvonly' }, sends: 'nothing' },
        callee: { line: { direction: 'sendonly' } },
      }),
  },
]

function made(options: CallOptions): Trace {
  const trace = new Trace()
  telephoneCall(trace, options)
  return trace
}

/** Packets that are not sent take no numbers. */
function quiet({ sequenceNumber }: Sent, n: number): number {
  return (sequenceNumber - (n - 100) + Math.floor((n - 100) / 50)) & 0xffff
}
