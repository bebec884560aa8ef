import { expect, test } from 'vitest'
import { formatTls } from '../../src/report/text-tls.ts'
import { WHOLE_REPORT } from './sample-report.ts'

const NOW = Date.parse('2027-01-10T00:00:00Z')
const [peer] = WHOLE_REPORT.tls

test('a peer with its chain, days left at the capture and now', () => {
  const text = formatTls([peer], 80, NOW)
  expect(text).toBe(`198.51.100.20:5061 trunk.example.com
  clients  192.0.2.10 and 1 more (2 handshakes, the first in frame 4)
  agreed   TLS 1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, secp384r1, DH of 2048
           bits
  chain    CN=trunk.example.com, for trunk.example.com, issued by CN=Example
           Issuing CA, O=Example, 2026-01-01 to 2026-12-31: 350 days left at the
           capture, over for 10 days now
  client   CN=trunk.example.com, for trunk.example.com, issued by CN=Example
           Issuing CA, O=Example, 2026-01-01 to 2026-12-31: 350 days left at the
           capture, over for 10 days now
  findings tls-self-signed
`)
})

test('what is not visible is never fine', () => {
  const { chain: _, clientCertificate: __, ...rest } = peer
  expect(formatTls([{ ...rest, certificates: 'hidden' }], 80, NOW)).toContain('not visible: TLS 1.3')
  expect(formatTls([{ ...rest, certificates: 'none' }], 80, NOW)).toContain('none was sent')
  const { version: _1, cipher: _2, group: _3, dhBits: _4, ...unagreed } = rest
  expect(formatTls([{ ...unagreed, handshakes: 0, certificates: 'not-captured' }], 120, NOW)).toMatch(
    /joined behind the handshake, .*\n {2}agreed {3}not captured\n {2}chain {4}not captured\n/,
  )
  expect(formatTls([], 80, NOW)).toBe('No TLS handshake was captured.\n')
})

test('of several captures the one that shows it is named', () => {
  const text = formatTls([{ ...peer, capture: 1 }], 80, NOW, { captures: ['a.pcap', 'b.pcap'] })
  expect(text).toContain('the first in frame 4 of b.pcap)')
})

test('peers that found no room are counted', () => {
  expect(formatTls([peer], 80, NOW, { beyond: 1234 }).split('\n').at(-2)).toBe('1,234 more peers are not listed.')
})

test('nothing a capture says reaches the terminal as a control sequence', () => {
  expect(formatTls([{ ...peer, name: 'evil\u001b[2J' }], 80, NOW)).not.toContain('\u001b')
})
