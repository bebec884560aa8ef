import { describe, expect, test } from 'vitest'
import { type CipherSuite, cipherSuite } from '../../src/tls/cipher-suites.ts'
import { keyBlock } from '../../src/tls/key-block.ts'
import { prf } from '../../src/tls/key-derivation.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

describe('the pseudorandom function, by the vectors of the TLS working group', () => {
  test('MD5 and SHA-1 together (RFC 2246 §5)', () => {
    const out = prf(undefined, Buffer.alloc(48, 0xab), 'PRF Testvector', Buffer.alloc(64, 0xcd), 104)
    expect(out.toString('hex')).toBe(
      'd3d4d1e349b5d515044666d51de32bab258cb521b6b053463e354832fd976754443bcf9a296519bc289abcbc1187e4ebd31e602353776c408a' +
        'afb74cbc85eff69255f9788faa184cbb957a9819d84a5d7eb006eb459d3ae8de9810454b8b2d8f1afbc655a8c9a013',
    )
  })

  test.each([
    [
      'sha256',
      '9bbe436ba940f017b17652849a71db35',
      'a0ba9f936cda311827a6f796ffd5198c',
      'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17ab' +
        'fd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66',
    ],
    [
      'sha384',
      'b80b733d6ceefcdc71566ea48e5567df',
      'cd665cf6a8447dd6ff8b27555edb7465',
      '7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0e534cb400fed270088' +
        '4f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a2' +
        '6066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f',
    ],
  ] as const)('P_%s (RFC 5246 §5)', (hash, secret, seed, expected) => {
    expect(prf(hash, hex(secret), 'test label', hex(seed), expected.length / 2).toString('hex')).toBe(expected)
  })
})

/** Cases 1, 2 and 40 of NIST's ACVP for the TLS 1.2 key derivation of RFC 7627. */
const EXTENDED = [
  {
    hash: 'sha256',
    suite: 0xc02f,
    premaster: '8252b983a6459a6fb3b9debe8725247e276139ebf7c9adccdd7d240f3ada7f5e3351b2769b6c8dc169a6d799c3c0ffeb',
    sessionHash: '1359d7df74cb27c67f74c98d521d442b887eaf0decf6e382c62434d6c3dd7d0d',
    clientRandom: 'abe7af69affc5e0944f4009b3e7abd1cc0a5cce8db055eff4a509e5b6de9475a',
    serverRandom: '50e0a1a1fd64a55259781a5c22580a81f99799c32f52d3f48d2c10c5c692e289',
    master: '43a5e821fcf5446c712207f7cd161ed213ee3b9d001d418c57231befd596b583ecd55ab2c4456b02738698f90bc59ac0',
    block:
      '4886e75be82dd4fb73c540729072d3e29b93c164e1cffe071f1212b1237b98dc0b0a5895f331f7180ceb30b17bb8c3e92a074b26325ff975' +
      '237dbd22320c0b88d64931f39c777b1527d36a999ad5fe5ee7f53fc42a509beb22634b17ec7b768eaf6a87977cf8670b34d0a76ebce6a659' +
      'dab6c15b4b86b98b9a63c50bbe1e2a09',
  },
  {
    hash: 'sha256',
    suite: 0xc02f,
    premaster: 'cbf55e41501394407612d1ec385104fa1a8e59eb00832eccbd0b92c2404af47e7171eaec467f04e06f8dcae0add1bbee',
    sessionHash: '6d7cbb7e2dffd4e1ad853998e74c647586838c47b1e113af5b58586d66a26a4d',
    clientRandom: 'f4dd2b599984f5e514320d12dcda8d11b32e61efd888f5aba1ad28b780b2b739',
    serverRandom: '804814a3c29b9d842b5aa0e1f11c4ba580bdacb0a33caab74ccf02da90787397',
    master: '89902a83be5fe73e31a5dfe1f631effccb490326f2781e9983b5695e728f10f9ea12f659b62dbe98886959aec0833092',
    block:
      'b0bf5c1f8582fadd3356a1a2d68c438aa17689401a95d5e7564e9743637c2bcd1ae29fc67b553b4a8369548d1f9917ff1ff8f977bc45ec6d' +
      '7ec2c98515e3abd5776b111883d19ef82fb49834f4d3749f902bfce5de527ce7b622728e9a0d368b8028019793f2bfd854838c9b02de7e05' +
      '6ad19a71621d986a2fb1757c0901dde8',
  },
  {
    hash: 'sha384',
    suite: 0xc030,
    premaster: '830f0215195eef76290ceaa40f0b60c7ddfb0db9345b15cb9abc3d08bbe51deb671b9a51da0499f0ca1ac6ae14a96fd2',
    sessionHash: '8fbd73a1955d76e894d79bf330dbd806c884a3de1845bc1100c20b8ef012279ee311e66b98490fb29578320560198959',
    clientRandom: '9e5f2cae18087d4f02efe10b9392808a0fb65fed484e18c64df41eefee7b7ade',
    serverRandom: '999fdb16719f798bfd842ae1210b4dbf88a78f4dda698de3e7d99627633ab5fe',
    master: '9a688f8617c4f9292bd2b064d0c0f7137a8a10a4654fca2dae82eb56f5f078758e81c6b940b899c716a9f8447851a400',
    block:
      '1aa083fb3c3a5daae46edeb15beccd5999664b6b8bb7f4ac799db2364263033c5b688a18edced6d56db9c6333ab6755c0a55f12e7255767f' +
      'e303492e3eb8410fbf7e2ff4847aa801fc87132e894adbc0695f7bc28d3fa7ffa4830eed57e1452a3bb0c3e8068f69f0f627e471b2937b31' +
      '3148f141bb5b4fcf1924fd4f092ccaf8',
  },
] as const

describe('RFC 7627 §4: the extended master secret, and the keys from it', () => {
  test.each(EXTENDED)('$hash, premaster $premaster', ({ hash, suite: id, ...one }) => {
    const master = prf(hash, hex(one.premaster), 'extended master secret', hex(one.sessionHash), 48)
    expect(master.toString('hex')).toBe(one.master)
    const randoms = hex(one.serverRandom + one.clientRandom)
    expect(prf(hash, master, 'key expansion', randoms, one.block.length / 2).toString('hex')).toBe(one.block)
    // RFC 5246 §6.3: the client's key, the server's key, the client's vector, the server's vector.
    const suite = cipherSuite(id) as CipherSuite
    const [client, server] = [{ random: hex(one.clientRandom) }, { version: 0x0303, random: hex(one.serverRandom) }]
    const keys = keyBlock(suite, server, client, master)
    const size = hash === 'sha256' ? 16 : 32
    const block = hex(one.block)
    expect(keys).toEqual({
      client: {
        macKey: Buffer.alloc(0),
        key: block.subarray(0, size),
        iv: block.subarray(2 * size, 2 * size + 4),
      },
      server: {
        macKey: Buffer.alloc(0),
        key: block.subarray(size, 2 * size),
        iv: block.subarray(2 * size + 4, 2 * size + 8),
      },
    })
  })
})
