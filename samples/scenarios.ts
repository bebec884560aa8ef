import type { CallSide, SampleCall } from './call.ts'

/** 2026-01-15 09:30:00 UTC: every sample starts here, whatever the day. */
export const epochSeconds = 1_768_469_400

const second = 1e9
const strong = 'AES_CM_128_HMAC_SHA1_80'
const short = 'AES_CM_128_HMAC_SHA1_32'
const long = 'AES_256_CM_HMAC_SHA1_80'

/** A desk telephone that offers SRTP under one key and keeps to it. */
function telephone(number: number, overrides: Partial<CallSide> = {}): CallSide {
  return {
    user: `${200 + number}`,
    displayName: `Desk ${200 + number}`,
    userAgent: 'Deskphone/4.2',
    address: `203.0.113.${10 + number}`,
    mediaPort: 16384 + number * 20,
    profile: 'RTP/SAVP',
    crypto: [{ tag: 1, suite: strong }],
    sendsUnder: 1,
    ...overrides,
  }
}

/** The trunk that answers: a session border controller. */
function trunk(number: number, overrides: Partial<CallSide> = {}): CallSide {
  return {
    user: `${19005550100 + number}`,
    displayName: 'Trunk',
    userAgent: 'EdgeSBC 9.1',
    address: '198.51.100.20',
    mediaPort: 20000 + number * 4,
    profile: 'RTP/SAVP',
    crypto: [{ tag: 1, suite: strong }],
    sendsUnder: 1,
    ...overrides,
  }
}

const plain = { profile: 'RTP/AVP', crypto: [] } as const

/** Media in the clear although the offer asked for SRTP and carried a key. */
const leak = (name: string, number: number, inviteNs = 0): SampleCall =>
  call(name, inviteNs, telephone(number, { sendsUnder: 0 }), trunk(number, { ...plain, sendsUnder: 0 }))

/** A telephone behind a NAT gives its private address, and the trunk sends there. */
const unreachable = (name: string, number: number, inviteNs = 0): SampleCall =>
  call(name, inviteNs, telephone(number, { privateAddress: '192.168.1.44' }), trunk(number))

function call(name: string, inviteNs: number, caller: CallSide, callee: CallSide, talkSeconds = 8): SampleCall {
  return { name, transport: 'udp', inviteNs, talkNs: talkSeconds * second, caller, callee }
}

/** The captures of one call each, by file name. */
export const singleCalls: Readonly<Record<string, SampleCall>> = {
  'call.pcap': call('call', 0, telephone(1), trunk(1)),
  'leak.pcap': leak('leak', 2),
  'nat.pcap': unreachable('nat', 3),
  // Two keys under one suite are offered, tag 1 is accepted, and the caller sends under tag 2.
  'mismatch.pcap': call(
    'mismatch',
    0,
    telephone(4, {
      crypto: [
        { tag: 1, suite: strong },
        { tag: 2, suite: strong },
      ],
      sendsUnder: 2,
    }),
    trunk(4),
  ),
  'one-way.pcap': call('one-way', 0, telephone(5), trunk(5, { sendsForNs: 0 })),
}

/**
 * The calls of incident.pcapng, by interface: a bad morning on one trunk, several calls at a time. The first call is sound:
 * its caller's sequence number wraps, over TCP and with 256-bit keys.
 */
export const incident: readonly { readonly interfaceName: string; readonly calls: readonly SampleCall[] }[] = [
  {
    interfaceName: 'outside',
    calls: [
      {
        ...call(
          'incident-sound',
          0.1 * second,
          telephone(11, { crypto: [{ tag: 1, suite: long }], firstSequence: 65_400 }),
          trunk(11, { crypto: [{ tag: 1, suite: long }] }),
        ),
        transport: 'tcp',
      },
      leak('incident-leak', 12, 1.2 * second),
      unreachable('incident-nat', 13, 2.5 * second),
      call(
        'incident-mismatch',
        3.1 * second,
        telephone(14, {
          crypto: [
            { tag: 1, suite: strong },
            { tag: 2, suite: short },
          ],
          sendsUnder: 2,
        }),
        trunk(14),
      ),
    ],
  },
  {
    interfaceName: 'branch',
    calls: [
      call('incident-one-way', 0.7 * second, telephone(15), trunk(15, { sendsForNs: 3 * second })),
      call('incident-clear-media', 1.9 * second, telephone(16, { sendsUnder: 0 }), trunk(16)),
      call(
        'incident-clear-rtcp',
        4.4 * second,
        telephone(17, { crypto: [{ tag: 1, suite: short }], rtcpInClear: true }),
        trunk(17, { crypto: [{ tag: 1, suite: short }], rtcpInClear: true }),
      ),
      {
        ...call('incident-refused', 5.6 * second, telephone(18, { crypto: [{ tag: 1, suite: long }] }), trunk(18)),
        refusal: {
          status: 488,
          reason: 'Not Acceptable Here',
          warning: '304 198.51.100.20 "Media type not available"',
        },
      },
    ],
  },
]
