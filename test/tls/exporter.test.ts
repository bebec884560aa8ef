import { expect, test } from 'vitest'
import { cipherSuite } from '../../src/tls/cipher-suites.ts'
import { prf } from '../../src/tls/key-derivation.ts'
import { serverHelloOf } from './reading.ts'
import { exchange, record } from './recorded-connection.ts'

const LABEL = 'EXTRACTOR-dtls_srtp'
/** SSL_OP_NO_EXTENDED_MASTER_SECRET of OpenSSL 3. */
const NO_EMS = 1

test.each([
  ['TLSv1', 'ECDHE-RSA-AES128-SHA', 0],
  ['TLSv1.1', 'AES256-SHA', NO_EMS],
  ['TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256', 0],
  ['TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256', NO_EMS],
  ['TLSv1.2', 'ECDHE-RSA-AES256-GCM-SHA384', 0],
  ['TLSv1.2', 'AES128-SHA', 0],
] as const)('RFC 5705 §4: %s, %s exports what Node exports (options %i)', async (version, name, secureOptions) => {
  const options = { minVersion: version, maxVersion: version, ciphers: `${name}:@SECLEVEL=0`, secureOptions }
  const exported = new Map<number, readonly Buffer[]>()
  const { crossings, keyLog } = await record({
    server: options,
    client: options,
    talk: async (client, server) => {
      await exchange(client, server)
      // The types ask for a context that the function does not.
      const of = (one: typeof client, length: number) => one.exportKeyingMaterial(length, LABEL, undefined as never)
      for (const length of [56, 60, 88]) exported.set(length, [of(client, length), of(server, length)])
    },
  })
  const { random, version: negotiated, cipherSuite: id } = serverHelloOf(crossings)
  const [, clientRandom, master] = keyLog.trim().split(' ')
  const seed = Buffer.concat([Buffer.from(clientRandom, 'hex'), random])
  const hash = negotiated === 0x0303 ? cipherSuite(id)?.prf : undefined
  for (const [length, sides] of exported) {
    const ours = prf(hash, Buffer.from(master, 'hex'), LABEL, seed, length)
    expect(sides).toEqual([ours, ours])
  }
  expect(exported.size).toBe(3)
})
