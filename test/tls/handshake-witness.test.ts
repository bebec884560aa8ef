import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { HandshakeType } from '../../src/tls/handshake-reader.ts'
import { HandshakeWitness } from '../../src/tls/handshake-witness.ts'
import { readClientHello, readServerHello, type ServerHello } from '../../src/tls/hello.ts'
import { frameAt } from './reading.ts'

const alerts = (witness: HandshakeWitness) => witness.handshakes.flatMap((handshake) => handshake.alerts)

test("TLS 1.3: a client's first sealed words of an alert's length are an alert (RFC 8446 §5.2)", () => {
  const refused = new HandshakeWitness()
  refused.sealedApplicationData('client', 19, frameAt(5))
  expect(alerts(refused)).toEqual([{ sender: 'client', at: frameAt(5) }])
})

describe('TLS 1.3 without secrets: what a server says behind the Finished of the client', () => {
  const said = (...records: [sender: 'client' | 'server', bytes: number, seconds?: number][]) => {
    const witness = new HandshakeWitness()
    for (const [n, [sender, bytes, seconds = 0]] of records.entries()) {
      witness.sealedApplicationData(sender, bytes, { ...frameAt(n + 1), timeUs: seconds * 1e6 })
    }
    const [{ unanswered }] = witness.handshakes
    return [unanswered?.frame, ...alerts(witness).map(({ sender, at }) => `${sender} ${at.frame}`)]
  }

  test('an alert, by its length', () => {
    expect(said(['server', 900], ['client', 53], ['server', 19])).toEqual([2, 'server 3'])
    expect(said(['server', 900], ['client', 53], ['client', 300], ['server', 19])).toEqual([3, 'server 4'])
  })

  test('one behind the other: close_notify, or another word on the same matter', () => {
    expect(said(['server', 900], ['client', 53], ['server', 19], ['server', 19])).toEqual([2, 'server 3'])
  })

  test('nothing', () => expect(said(['server', 900], ['client', 53])).toEqual([2]))

  test('none where it says more, before or behind', () => {
    expect(said(['server', 900], ['client', 53], ['server', 250], ['server', 19])).toEqual([undefined])
    expect(said(['server', 900], ['client', 53], ['server', 19], ['server', 250])).toEqual([undefined])
  })

  test('none where it answers the close_notify of the client, or comes late', () => {
    expect(said(['server', 900], ['client', 53], ['client', 19], ['server', 19])).toEqual([undefined])
    expect(said(['server', 900], ['client', 53], ['server', 19, 30])).toEqual([undefined])
  })
})

describe('an alert by its length, whatever the stack (RFC 8446 §5.2)', () => {
  const hello = (cipherSuite: number) =>
    ({ version: 0x0304, cipherSuite, retry: false, extensions: new Map() }) as unknown as ServerHello
  const first = (sender: 'client' | 'server', bytes: number, cipherSuite = 0x1301) => {
    const witness = new HandshakeWitness()
    witness.serverHello(hello(cipherSuite), frameAt(1))
    witness.sealedApplicationData(sender, bytes, frameAt(2))
    return alerts(witness).length
  }

  test('JSSE pads every record by 16 octets (§5.4)', () => expect(first('client', 35)).toBe(1))
  test('a tag of CCM_8 has 8 octets', () => {
    expect(first('client', 11, 0x1305)).toBe(1)
    expect(first('client', 19, 0x1305)).toBe(0)
  })
  test('an empty Certificate is longer', () => {
    expect(first('client', 25)).toBe(0)
    expect(first('client', 41)).toBe(0)
  })
  test('a server that refuses at once; extensions may be as long as a padded alert', () => {
    expect(first('server', 19)).toBe(1)
    expect(first('server', 35)).toBe(0)
  })

  test('of JSSE behind the Finished of the client, and before its close_notify', () => {
    const witness = new HandshakeWitness()
    const lengths: [sender: 'client' | 'server', bytes: number][] = [
      ['server', 900],
      ['client', 85],
      ['client', 300],
      ['server', 35],
      ['client', 35],
    ]
    for (const [n, [sender, bytes]] of lengths.entries()) witness.sealedApplicationData(sender, bytes, frameAt(n + 1))
    expect(alerts(witness).map(({ sender, at }) => [sender, at.frame])).toEqual([['server', 4]])
    expect(witness.handshakes[0].unanswered?.frame).toBe(3)
  })
})

test('behind its Finished they are close_notify, and a server begins with its extensions', () => {
  const witness = new HandshakeWitness()
  witness.sealedApplicationData('server', 19, frameAt(4))
  witness.sealedApplicationData('client', 53, frameAt(5))
  witness.sealedApplicationData('client', 19, frameAt(6))
  witness.applicationData('client')
  expect(alerts(witness)).toEqual([])
})

test('TLS 1.2: a raw public key stands where the list of certificates would (RFC 7250 §3)', () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' })
  const witness = new HandshakeWitness()
  witness.message(
    'server',
    HandshakeType.Certificate,
    Buffer.concat([Buffer.from([0, 0, key.length]), key]),
    frameAt(3),
  )
  expect(witness.handshakes[0].certificates.server?.chain).toEqual([Uint8Array.from(key)])
})

describe('what hellos say of renegotiation and of a better version', () => {
  const RENEGOTIATION_INFO = 'ff01000100'
  const server = (random: string, extensions = '') => {
    const witness = new HandshakeWitness()
    const list = extensions === '' ? '' : (extensions.length / 2).toString(16).padStart(4, '0') + extensions
    const octets = `0303${random}00c03000${list}`
    witness.serverHello(readServerHello(Buffer.from(octets, 'hex')) as ServerHello, frameAt(1))
    return witness.handshakes[0].serverHello
  }
  const client = (suites: string, extensions = '') => {
    const witness = new HandshakeWitness()
    const list = extensions === '' ? '' : (extensions.length / 2).toString(16).padStart(4, '0') + extensions
    const length = (suites.length / 2).toString(16).padStart(4, '0')
    const hello = readClientHello(Buffer.from(`0303${'00'.repeat(32)}00${length}${suites}0100${list}`, 'hex'))
    if (hello !== undefined) witness.clientHello(hello, frameAt(1))
    return witness.handshakes[0].clientHello
  }

  test('renegotiation_info, or the suite that stands for it (RFC 5746 §3.2, §3.3)', () => {
    expect(server('00'.repeat(32), RENEGOTIATION_INFO)).toMatchObject({ renegotiationInfo: true })
    expect(server('00'.repeat(32))).not.toHaveProperty('renegotiationInfo')
    expect(client('c030', RENEGOTIATION_INFO)).toMatchObject({ renegotiationInfo: true })
    expect(client('c03000ff')).toMatchObject({ renegotiationInfo: true })
    expect(client('c030')).not.toHaveProperty('renegotiationInfo')
  })

  test.each([
    ['444f574e47524401', true],
    ['444f574e47524400', true],
    ['444f574e47524402', undefined],
  ])('a random that ends in %s (RFC 8446 §4.1.3)', (end, downgraded) => {
    expect(server(`${'00'.repeat(24)}${end}`)?.downgraded).toBe(downgraded)
  })
})
