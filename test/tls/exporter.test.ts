import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp } from 'node:net'
import { Duplex } from 'node:stream'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { prf } from '../../src/tls/key-derivation.ts'
import { RSA } from './credentials.ts'

test.each([
  ['ECDHE-RSA-AES128-GCM-SHA256', 'sha256'],
  ['ECDHE-RSA-AES256-GCM-SHA384', 'sha384'],
] as const)('RFC 5705 §4: %s exports what Node exports', async (ciphers, hash) => {
  const server = createServer({ ...RSA, maxVersion: 'TLSv1.2', ciphers })
  let serverHello: Buffer = Buffer.alloc(0)
  server.on('secureConnection', (socket) => socket.resume())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const upstream = connectTcp(port, '127.0.0.1')
  // Node's TLS reads a socket below JavaScript: a stream of our own shows the octets.
  const raw = new Duplex({
    read: () => undefined,
    write: (octets, _, done) => void upstream.write(octets, done),
  })
  upstream.on('data', (octets: Buffer) => {
    if (serverHello.length === 0) serverHello = Buffer.from(octets)
    raw.push(octets)
  })
  const client: TLSSocket = connect({ socket: raw as never, rejectUnauthorized: false, maxVersion: 'TLSv1.2' })
  let line = ''
  client.on('keylog', (octets: Buffer) => {
    line += octets.toString('latin1')
  })
  await once(client, 'secureConnect')
  const exported = client.exportKeyingMaterial(60, 'EXTRACTOR-dtls_srtp', undefined as never)
  client.destroy()
  upstream.destroy()
  server.close()
  const [, clientRandom, master] = line.trim().split(' ')
  // Record header, handshake header, version: the random of the ServerHello is the next.
  const serverRandom = serverHello.subarray(11, 43)
  const seed = Buffer.concat([Buffer.from(clientRandom, 'hex'), serverRandom])
  expect(prf(hash, Buffer.from(master, 'hex'), 'EXTRACTOR-dtls_srtp', seed, 60)).toEqual(exported)
})
