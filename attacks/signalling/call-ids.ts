import type { Attack } from '../attack.ts'

const EPOCH_US = 1_768_469_400e6
const SOURCE = { address: 0xcb007101, port: 5060 }
const DESTINATION = { address: 0xc6336402, port: 5060 }

/** A dialog of one message each: nothing that comes later ever ends them. */
export const CALL_IDS: Attack = {
  name: 'call-ids',
  title: 'an INVITE of a new Call-ID each',
  against: 'signalling',
  write(writer, octets) {
    for (let n = 0; writer.octets < octets; n++) {
      writer.add(EPOCH_US + n * 10, SOURCE, DESTINATION, invite(n))
    }
  },
  missing({ calls, anomalies, totals }) {
    const evicted = anomalies.find(({ reason }) => reason === 'calls-evicted')?.count ?? 0
    return calls.length + evicted === totals.sipMessages
      ? []
      : [`${calls.length} kept and ${evicted} given up are not all`]
  },
}

function invite(n: number): Buffer {
  return Buffer.from(
    [
      'INVITE sip:trunk@198.51.100.2 SIP/2.0',
      `Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bK${n}`,
      'Max-Forwards: 70',
      `From: <sip:${n}@203.0.113.1>;tag=${n}`,
      'To: <sip:trunk@198.51.100.2>',
      `Call-ID: ${n}`,
      'CSeq: 1 INVITE',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  )
}
