/** The vectors of RFC 9335, Appendix A. All with a rollover counter of 0. */
export const CRYPTEX_KEYS = {
  AES_CM_128_HMAC_SHA1_80: {
    masterKey: 'e1f97a0d3e018be0d64fa32c06de4139',
    masterSalt: '0ec675ad498afeebb6960b3aabe6',
  },
  AEAD_AES_128_GCM: { masterKey: '000102030405060708090a0b0c0d0e0f', masterSalt: 'a0a1a2a3a4a5a6a7a8a9aaab' },
} as const

const PAYLOAD = 'abababababababababababababababab'

/** Packets before, and behind, the protection of each suite. */
export const CRYPTEX_VECTORS = [
  {
    title: '1-byte header extension',
    packet: `900f1235decafbadcafebabe bede0001 51000200 ${PAYLOAD}`,
    AES_CM_128_HMAC_SHA1_80:
      '900f1235decafbadcafebabe c0de0001 eb923652 51c3e036f8de27e9c27ee3e0b4651d9f bc4218a70244522f34a5',
    AEAD_AES_128_GCM:
      '900f1235decafbadcafebabe c0de0001 39972dc9 572c4d99e8fc355de743fb2e94f9d8ff 54e72f4193bbc5c74ffab0fa9fa0fbeb',
  },
  {
    title: '2-byte header extension',
    packet: `900f1236decafbadcafebabe 10000001 05020002 ${PAYLOAD}`,
    AES_CM_128_HMAC_SHA1_80:
      '900f1236decafbadcafebabe c2de0001 4ed9cc4e 6a712b3096c5ca77339d4204ce0d7739 6cab69585fbce38194a5',
    AEAD_AES_128_GCM:
      '900f1236decafbadcafebabe c2de0001 bb75a4c5 45cd1f413bdb7daa2b1e3263de313667 c963249081b35a65f5cb6c88b394235f',
  },
  {
    title: '1-byte header extension and CSRCs',
    packet: `920f1238decafbadcafebabe 0001e2400000b26e bede0001 51000200 ${PAYLOAD}`,
    AES_CM_128_HMAC_SHA1_80:
      '920f1238decafbadcafebabe 8bb6e12b5cff16dd c0de0001 92838c8c 09e58393e1de3a9a74734d6745671338 c3acf11da2df8423bee0',
    AEAD_AES_128_GCM:
      '920f1238decafbadcafebabe 63bbccc4a7f695c4 c0de0001 8ad7c71f ac70a80c92866b4c6ba98546ef913586 e95ffaaffe956885bb0647a8bc094ac8',
  },
  {
    title: '2-byte header extension and CSRCs',
    packet: `920f1239decafbadcafebabe 0001e2400000b26e 10000001 05020002 ${PAYLOAD}`,
    AES_CM_128_HMAC_SHA1_80:
      '920f1239decafbadcafebabe f70e513eb90b9b25 c2de0001 bbed4848 faa644665f3d7f34125914e9f4d0ae92 3c6f479b95a0f7b53133',
    AEAD_AES_128_GCM:
      '920f1239decafbadcafebabe 3680524f8d312b00 c2de0001 c78d1200 38422bc111a7187a18246f980c059cc6 bc9df8b626394eca344e4b05d80fea83',
  },
  {
    title: 'empty 1-byte header extension and CSRCs',
    packet: `920f123adecafbadcafebabe 0001e2400000b26e bede0000 ${PAYLOAD}`,
    AES_CM_128_HMAC_SHA1_80:
      '920f123adecafbadcafebabe 7130b6abfe2ab0e3 c0de0000 e3d9f64b25c9e74cb4cf8e43fb92e378 1c2c0ceab6b3a499a14c',
    AEAD_AES_128_GCM:
      '920f123adecafbadcafebabe 15b6bb4337906fff c0de0000 b7b964537a2b03ab7ba5389ce9331712 6b5d974df30c6884dcb651c5e120c1da',
  },
  {
    title: 'empty 2-byte header extension and CSRCs',
    packet: `920f123bdecafbadcafebabe 0001e2400000b26e 10000000 ${PAYLOAD}`,
    AES_CM_128_HMAC_SHA1_80:
      '920f123bdecafbadcafebabe cbf24c124330e1c8 c2de0000 599dd45bc9d687b603e8b59d771fd38e 88b170e0cd31e125eabe',
    AEAD_AES_128_GCM:
      '920f123bdecafbadcafebabe dcb38c9e48bf95f4 c2de0000 61ee432cf920317076613258d3ce4236 c06ac429681ad08413512dc98b5207d8',
  },
] as const
