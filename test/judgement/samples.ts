import { fileURLToPath } from 'node:url'
import type { Expected } from './entry.ts'

/** A fault of a sample, which its scenario put there. */
interface SampleFault extends Omit<Expected, 'frames'> {
  /** What its Call-ID begins with. */
  readonly call: string
}

/** What is wrong in each sample (samples/scenarios.ts). All of them travel over clear SIP, with their keys. */
export const SAMPLE_FAULTS: Readonly<Record<string, readonly SampleFault[]>> = {
  'call.pcap': [],
  'leak.pcap': [{ call: 'leak', rule: 'rtp-avp-leak', kind: 'negotiated' }],
  'nat.pcap': [
    { call: 'nat', rule: 'nat-private-address', kind: 'connection', party: '192.168.1.44' },
    { call: 'nat', rule: 'one-way-media', kind: 'unreachable', party: '203.0.113.13' },
  ],
  'mismatch.pcap': [{ call: 'mismatch', rule: 'crypto-mismatch', kind: 'wire-other-key', party: '203.0.113.14:16464' }],
  'one-way.pcap': [{ call: 'one-way', rule: 'one-way-media', kind: 'no-packets', party: '203.0.113.15' }],
  'incident.pcapng': [
    { call: 'incident-leak', rule: 'rtp-avp-leak', kind: 'negotiated' },
    { call: 'incident-nat', rule: 'nat-private-address', kind: 'connection', party: '192.168.1.44' },
    { call: 'incident-nat', rule: 'one-way-media', kind: 'unreachable', party: '203.0.113.23' },
    { call: 'incident-mismatch', rule: 'crypto-mismatch', kind: 'wire-other-suite', party: '203.0.113.24:16664' },
    { call: 'incident-one-way', rule: 'one-way-media', kind: 'stopped', party: '203.0.113.25' },
    { call: 'incident-clear-media', rule: 'rtp-avp-leak', kind: 'on-wire', party: '203.0.113.26:16704' },
    { call: 'incident-clear-rtcp', rule: 'rtcp-in-clear' },
    { call: 'incident-refused', rule: 'call-refused-for-media', party: '488' },
  ],
}

/** What follows from these faults, or is true of all samples. */
export const SAMPLE_CONSEQUENCES = [
  'sdes-key-exposed',
  'sip-cleartext',
  'nat-private-address:contact',
  'media-address-mismatch',
  'one-way-media:unverifiable',
  'rtcp-in-clear',
  'srtp-weak-suite',
]

export function samplePath(name: string): string {
  return fileURLToPath(new URL(`../../samples/${name}`, import.meta.url))
}
