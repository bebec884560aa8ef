import { expect, test } from 'vitest'
import { HandshakeWitness } from '../../src/tls/handshake-witness.ts'
import { frameAt } from './reading.ts'

const alerts = (witness: HandshakeWitness) => witness.handshakes.flatMap((handshake) => handshake.alerts)

test("TLS 1.3: a client's first sealed words of an alert's length are an alert (RFC 8446 §5.2)", () => {
  const refused = new HandshakeWitness()
  refused.sealedApplicationData('client', 19, frameAt(5))
  expect(alerts(refused)).toEqual([{ sender: 'client', at: frameAt(5) }])
})

test('behind its Finished they are close_notify, and a server begins with its extensions', () => {
  const witness = new HandshakeWitness()
  witness.sealedApplicationData('server', 19, frameAt(4))
  witness.sealedApplicationData('client', 53, frameAt(5))
  witness.sealedApplicationData('client', 19, frameAt(6))
  witness.applicationData('client')
  expect(alerts(witness)).toEqual([])
})
