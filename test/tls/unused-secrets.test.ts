import { constants, generateKeyPairSync, publicEncrypt } from 'node:crypto'
import { expect, test } from 'vitest'
import { cipherSuite } from '../../src/tls/cipher-suites.ts'
import { KeyLog } from '../../src/tls/key-log.ts'
import { type HandshakeFacts, SessionSecrets } from '../../src/tls/session-secrets.ts'
import { unusedSecrets } from '../../src/tls/unused-secrets.ts'

const [SERVER, STRANGER] = [1, 2].map(() => generateKeyPairSync('rsa', { modulusLength: 1024 }))
const CLIENT_RANDOM = Buffer.alloc(32, 7)
const PREMASTER = publicEncrypt(
  { key: SERVER.publicKey, padding: constants.RSA_PKCS1_PADDING },
  Buffer.concat([Buffer.of(3, 3), Buffer.alloc(46, 9)]),
)

/** TLS_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256. */
function handshake(suite: 0x009c | 0xc02f): HandshakeFacts {
  return {
    version: 0x0303,
    suite: cipherSuite(suite) as HandshakeFacts['suite'],
    clientRandom: CLIENT_RANDOM,
    serverRandom: Buffer.alloc(32, 8),
    sessionId: Buffer.alloc(0),
    ticket: undefined,
    clientKeyExchange: Buffer.concat([Buffer.of(0, PREMASTER.length), PREMASTER]),
    extendedMasterSecret: false,
    transcript: [],
  }
}

function unusedAfter(suite: 0x009c | 0xc02f, keys: readonly (typeof SERVER)[], log?: string): string[] {
  const keyLog = new KeyLog()
  if (log !== undefined) keyLog.add(log)
  const secrets = new SessionSecrets({ keyLog, privateKeys: keys.map(({ privateKey }) => privateKey) })
  secrets.master(handshake(suite))
  return unusedSecrets(secrets)
}

const LOGGED = `CLIENT_RANDOM ${CLIENT_RANDOM.toString('hex')} ${'cd'.repeat(48)}\n`
const OTHER = `CLIENT_RANDOM ${'ab'.repeat(32)} ${'cd'.repeat(48)}\n`

test('the private key that a handshake was keyed with is of use, among others too (RFC 5246 §7.4.7.1)', () => {
  expect(unusedAfter(0x009c, [SERVER])).toEqual([])
  expect(unusedAfter(0x009c, [STRANGER, SERVER])).toEqual([])
})

test('the key of another server is not, and none is where the handshake is keyed by ECDHE (RFC 8422 §2)', () => {
  expect(unusedAfter(0x009c, [STRANGER])).toEqual(['private-keys-open-nothing'])
  expect(unusedAfter(0xc02f, [SERVER])).toEqual(['private-keys-open-nothing'])
})

test('where the key log opens it, no key had to', () => {
  expect(unusedAfter(0xc02f, [SERVER], LOGGED)).toEqual([])
  expect(unusedAfter(0xc02f, [SERVER], OTHER)).toEqual(['key-log-matches-nothing', 'private-keys-open-nothing'])
})
