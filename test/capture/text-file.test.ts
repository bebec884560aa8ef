import { expect, test } from 'vitest'
import { readTextFile } from '../../src/capture/text-file.ts'
import { parseKeys } from '../../src/srtp/keys-file.ts'
import { KeyLog } from '../../src/tls/key-log.ts'
import { readKeyLog } from '../../src/tls/read-secrets.ts'

const KEYS = JSON.stringify({
  keys: [{ suite: 'AES_CM_128_HMAC_SHA1_80', key: Buffer.alloc(30, 1).toString('base64') }],
})
const KEY_LOG = `CLIENT_RANDOM ${'ab'.repeat(32)} ${'cd'.repeat(48)}\r\n`

test.each<[string, BufferEncoding]>([
  ['UTF-8', 'utf8'],
  ['UTF-16, as PowerShell writes it (RFC 2781 §3.2)', 'utf16le'],
])('keys and key logs in %s, with a byte order mark in front', async (_, encoding) => {
  const read = (text: string) => readTextFile('a', async () => Buffer.from(`\ufeff${text}`, encoding))
  expect(parseKeys(await read(KEYS), 'keys.json')).toHaveLength(1)
  const log = await read(KEY_LOG)
  expect(() => readKeyLog(new KeyLog(), log, 'keys.log')).not.toThrow()
})
