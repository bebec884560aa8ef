import { describe, expect, test } from 'vitest'
import { HandshakeWitness } from '../../src/tls/handshake-witness.ts'
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

test('behind its Finished they are close_notify, and a server begins with its extensions', () => {
  const witness = new HandshakeWitness()
  witness.sealedApplicationData('server', 19, frameAt(4))
  witness.sealedApplicationData('client', 53, frameAt(5))
  witness.sealedApplicationData('client', 19, frameAt(6))
  witness.applicationData('client')
  expect(alerts(witness)).toEqual([])
})
