import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HepFraming } from '../../src/capture/live/hep-framing.ts'
import { parseHep } from '../../src/capture/live/hep-packet.ts'
import { parsePolicy } from '../../src/policy/policy-document.ts'
import { PolicyError } from '../../src/policy/policy-error.ts'
import { KeysError, parseKeys } from '../../src/srtp/keys-file.ts'
import { writeHep } from '../../test/capture/live/hep-writer.ts'
import { chunksOf } from '../script.ts'
import { distinct, seedDatagrams } from '../seed-captures.ts'
import { type FuzzTarget, promise, promiseSame } from '../target.ts'

export const hep: FuzzTarget = {
  name: 'hep',
  seeds: () =>
    distinct(
      seedDatagrams().map(({ payload }) => payload),
      60,
    ).map(
      (payload, n) =>
        new Uint8Array(
          writeHep({
            source: Buffer.alloc(n % 2 === 0 ? 4 : 16, 10),
            destination: Buffer.alloc(n % 2 === 0 ? 4 : 16, 11),
            sourcePort: 5060,
            destinationPort: 5060,
            ipProtocol: n % 3 === 0 ? 6 : 17,
            seconds: 1,
            microseconds: 2,
            protocolType: n % 12,
            payload,
          }),
        ),
    ),
  words: ['HEP3'],
  run(input) {
    parseHep(input)
    promiseSame(packetsOf([input]), packetsOf(chunksOf(input)), 'how a stream is cut makes no difference')
  },
}

function packetsOf(chunks: Iterable<Uint8Array>): unknown[] {
  const heard: unknown[] = []
  const framing = new HepFraming((packet) => void heard.push(Buffer.from(packet).toString('latin1')))
  for (const chunk of chunks) {
    if (!framing.push(chunk)) return [...heard, 'no HEP']
  }
  return [...heard, framing.isCut]
}

/** A key that nobody may read in a message. */
const KEY = 'V1V5Q2xvc2VkS2V5TWF0ZXJpYWxPZlRlc3RzMTIz'

export const keys: FuzzTarget = {
  name: 'keys',
  seeds: () => [
    new Uint8Array(readFileSync(join(import.meta.dirname, '../../samples/keys.json'))),
    ...[
      { keys: [{ suite: 'AES_CM_128_HMAC_SHA1_80', key: KEY, ssrc: '0x1234abcd', src: '192.0.2.1:4000', roc: 1 }] },
      { keys: [{ crypto: `a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:${KEY}|2^31|1:4`, label: 'x', callId: 'y' }] },
      [{ suite: 'AEAD_AES_128_GCM', masterKey: '00'.repeat(16), masterSalt: '00'.repeat(12), mki: '01', mkiLength: 1 }],
    ].map((document) => Buffer.from(JSON.stringify(document, null, 1))),
    Buffer.from(
      `ssrc=0x1 key=${KEY} suite=AES_CM_128_HMAC_SHA1_32\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}\n`,
    ),
  ],
  words: [
    '"suite":',
    '"key":',
    '"crypto":',
    '"mki":',
    '"rcc":"mode1"',
    'inline:',
    KEY,
    'ssrc=',
    'salt=',
    '[',
    '{',
    ']',
    '}',
    ',',
  ],
  run(input) {
    try {
      parseKeys(Buffer.from(input).toString('utf8'), 'keys.json')
    } catch (error) {
      if (!(error instanceof KeysError)) throw error
      promise(!error.message.includes(KEY.slice(0, 12)), 'a message holds no key')
      promise(!/[\r\n]/.test(error.message), 'a message is one line')
    }
  },
}

export const policy: FuzzTarget = {
  name: 'policy',
  seeds: () => {
    const folder = join(import.meta.dirname, '../../policies')
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => new Uint8Array(readFileSync(join(folder, name))))
  },
  words: [
    '"tls":',
    '"versions":',
    '"sip":',
    '"media":',
    '"peers":',
    '"rules":',
    '[',
    '{',
    ']',
    '}',
    '192.0.2.0/24',
    '1.3',
    'error',
  ],
  run(input) {
    try {
      parsePolicy(Buffer.from(input).toString('utf8'), 'policy.json')
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error
      promise(!/[\r\n]/.test(error.message), 'a message is one line')
    }
  },
}
