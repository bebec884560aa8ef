import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams, type TimedDatagram } from '../../samples/frames.ts'
import { composeTcpConnection } from '../../samples/tcp-connection.ts'
import { octets } from '../sip/sip-text.ts'

const CALLER = { address: '203.0.113.66', port: 5060 }
const CALLEE = { address: '198.51.100.20', port: 5060 }

/** What would run, if any of it were taken for markup: it sets `hacked`. */
export const MARKUP = `</script><script>hacked=1</script><img src=x onerror="hacked=1"><svg/onload=hacked=1>'"&lt;`
/** What would turn a terminal red, clear it and set its title, and what turns the direction of writing. */
export const CONTROLS = '\u001b[31m\u001b[2J\u001b]0;owned\u0007\u009b1m\u202eexe.wav\u2066\u200b\u0000'

/** A capture of two calls whose every header and SDP line carries such; one of them has a header of a megabyte. */
export function hostileCapture(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'hostile-')), `hostile${MARKUP.replaceAll('/', '')}.pcap`)
  const large = 'A'.repeat(1 << 20)
  const overUdp: TimedDatagram[] = [
    { timeNs: 0, source: CALLER, destination: CALLEE, payload: invite('udp', CONTROLS + MARKUP, 'B'.repeat(20_000)) },
    { timeNs: 1e9, source: CALLEE, destination: CALLER, payload: answer('udp', CONTROLS + MARKUP) },
  ]
  const overTcp = composeTcpConnection({ ...CALLER, port: 40_000 }, CALLEE, [
    { timeNs: 2e9, fromClient: true, octets: invite('tcp', MARKUP, large) },
    { timeNs: 3e9, fromClient: false, octets: answer('tcp', MARKUP) },
  ])
  writeFileSync(path, formatPcap(frameDatagrams([...overUdp, ...overTcp]), 1_768_469_400, 'micro'))
  return path
}

function invite(transport: string, hostile: string, large = ''): Uint8Array {
  return message(`INVITE sip:bob@198.51.100.20 SIP/2.0`, transport, hostile, large)
}

function answer(transport: string, hostile: string): Uint8Array {
  return message(`SIP/2.0 488 ${hostile}`, transport, hostile)
}

function message(startLine: string, transport: string, hostile: string, large = ''): Uint8Array {
  const body = [
    'v=0',
    `o=- 1 1 IN IP4 203.0.113.66`,
    `s=${hostile}`,
    'c=IN IP4 203.0.113.66',
    't=0 0',
    'm=audio 20000 RTP/SAVP 0',
    `a=rtpmap:0 ${hostile}/8000`,
    `a=crypto:1 ${hostile} inline:${hostile}`,
    `a=mid:${hostile}`,
    '',
  ].join('\r\n')
  const quoted = hostile.replaceAll('"', '\\"')
  return octets(
    startLine,
    `Via: SIP/2.0/${transport.toUpperCase()} 203.0.113.66:5060;branch=z9hG4bK${transport}`,
    'Max-Forwards: 70',
    `From: "${quoted}" <sip:${large}${hostile.replaceAll(/[<>"]/g, '')}@203.0.113.66>;tag=a${transport}`,
    `To: "${quoted}" <sip:bob@198.51.100.20>;tag=${transport}`,
    `Call-ID: ${transport}-${hostile}`,
    'CSeq: 1 INVITE',
    'Contact: <sip:alice@203.0.113.66>',
    `User-Agent: ${hostile}`,
    `Warning: 304 198.51.100.20 "${hostile}"`,
    `Subject: ${hostile}${large}`,
    'Content-Type: application/sdp',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  )
}
