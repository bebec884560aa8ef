import { describe, expect, test } from 'vitest'
import { KeyPurpose, readCertificate } from '../../src/tls/certificate.ts'
import { INTERMEDIATE } from './authority-credentials.ts'

/*
 * Leaves of old.example.com with a key of 1024 bits. Made once with `openssl req -new -newkey rsa:1024` and
 * `openssl x509 -req -CA … -md5`, `-sha1`, `-sha256 -sigopt rsa_padding_mode:pss`. They are worth nothing anywhere else.
 */
const MD5 =
  'MIIBrDCCARUCFCLnYRCWgZhh0MAej6ba7ZnFio4jMA0GCSqGSIb3DQEBBAUAMA4xDDAKBgNVBAMMA09sZDAgFw0yNjExMjIxMzIy' +
  'MTRaGA8yMTI2MTAyOTEzMjIxNFowGjEYMBYGA1UEAwwPb2xkLmV4YW1wbGUuY29tMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKB' +
  'gQDIOR7gnMfj36juzBFSY3wbBc5PT4Z4gwFhA3KTiOFfZzsbC5+9TuoqGQnNWXKZFjZk0MhFpEFzceWdCEjs5If+Nz9ED50JZNFl' +
  'tyqkh/H+I9QoIz5gxwyOKQE3YX7unArxBB7sik7NITiFYeHgj7SrYODgnGcaWH30KWN877es7wIDAQABMA0GCSqGSIb3DQEBBAUA' +
  'A4GBAKh7jx838CRMr4YWFxhy0uGjRkSKO1PcrFhosgZjFKelOeqvlpn8kV3Hp91HMlDi89CD8vKN5jUgJTJvBlO7BoAuOIVrNGQi' +
  'wScSKJrcj/06tESKe9lWDWVYYkADrVbZ3i09jrxO9/XBqIWULlpRMlPFs1svPYR2HWmtEOs3vu4q'

const SHA1 =
  'MIIBrDCCARUCFCLnYRCWgZhh0MAej6ba7ZnFio4iMA0GCSqGSIb3DQEBBQUAMA4xDDAKBgNVBAMMA09sZDAgFw0yNjExMjIxMzIy' +
  'MTNaGA8yMTI2MTAyOTEzMjIxM1owGjEYMBYGA1UEAwwPb2xkLmV4YW1wbGUuY29tMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKB' +
  'gQDIOR7gnMfj36juzBFSY3wbBc5PT4Z4gwFhA3KTiOFfZzsbC5+9TuoqGQnNWXKZFjZk0MhFpEFzceWdCEjs5If+Nz9ED50JZNFl' +
  'tyqkh/H+I9QoIz5gxwyOKQE3YX7unArxBB7sik7NITiFYeHgj7SrYODgnGcaWH30KWN877es7wIDAQABMA0GCSqGSIb3DQEBBQUA' +
  'A4GBALgyU94G4J9W1g6GQmFK3xup/UdgE4ulfCyEvvWbuFWIBOrNeC3rLVtDk0JqsK33hfzXma3imcxXqHmO7AlnU2T9YuoltGZG' +
  'xOJWSfYEyAGOCUDQavuARbs+YlyRssg1Sln9U89y0R8crPhI5dRMmAFTsbZvLYWMBOFCP8ZQ7QiL'

const PSS =
  'MIICFDCCAUkCFCLnYRCWgZhh0MAej6ba7ZnFio4kMEEGCSqGSIb3DQEBCjA0oA8wDQYJYIZIAWUDBAIBBQChHDAaBgkqhkiG9w0B' +
  'AQgwDQYJYIZIAWUDBAIBBQCiAwIBXjAOMQwwCgYDVQQDDANPbGQwIBcNMjYxMTIyMTMyMjE0WhgPMjEyNjEwMjkxMzIyMTRaMBox' +
  'GDAWBgNVBAMMD29sZC5leGFtcGxlLmNvbTCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAyDke4JzH49+o7swRUmN8GwXOT0+G' +
  'eIMBYQNyk4jhX2c7GwufvU7qKhkJzVlymRY2ZNDIRaRBc3HlnQhI7OSH/jc/RA+dCWTRZbcqpIfx/iPUKCM+YMcMjikBN2F+7pwK' +
  '8QQe7IpOzSE4hWHh4I+0q2Dg4JxnGlh99CljfO+3rO8CAwEAATBBBgkqhkiG9w0BAQowNKAPMA0GCWCGSAFlAwQCAQUAoRwwGgYJ' +
  'KoZIhvcNAQEIMA0GCWCGSAFlAwQCAQUAogMCAV4DgYEAM+wJyabOeokWPTFpkRgnwzDacmCoVd7Fmaj1DtPillEZnutSYBZKzzVl' +
  'ot11YsFC+1ulAJltYtCcjJdUe1dP2QfHAIBPIe+PAj/CsWy9SNgNkzfpQILJWg4vIw36I9/89eB7iWpuuCT1HScoXBsj/uKqALZS' +
  'yFS7MUCG98fZiSg='

/** Of sbc.example.com, for servers alone: `openssl req -x509 -newkey ec … -addext extendedKeyUsage=serverAuth`. */
const FOR_SERVERS =
  'MIIBnzCCAUagAwIBAgIUMpzR3bFS25zVbnLNoE5/FO9t+xgwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPc2JjLmV4YW1wbGUuY29tMCAX' +
  'DTI2MTEyMjIyNDUzN1oYDzIxMjYxMDI5MjI0NTM3WjAaMRgwFgYDVQQDDA9zYmMuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIBBggqhkjO' +
  'PQMBBwNCAAQJTBTlnDrVDf4JK5tRjXR3DTen9Qb5k6OTI4ZXiAtJcdTdz6eTr9Xw/DcRjpuYfnVFmNTZZa8n8lsXIK/fvkF8o2gwZjAd' +
  'BgNVHQ4EFgQUoI8n5kRadnXSBmWkMkUvjrDhk5UwHwYDVR0jBBgwFoAUoI8n5kRadnXSBmWkMkUvjrDhk5UwDwYDVR0TAQH/BAUwAwEB' +
  '/zATBgNVHSUEDDAKBggrBgEFBQcDATAKBggqhkjOPQQDAgNHADBEAiARsxRWN/mrmO4iy90oXZV2qkTkJG4IFyHR4S13PA8x3AIgGoqZ' +
  'yyC6h6nuwn+IjASlC8kPHlsJPjmR6JZ7PWuDyD4='

test('what a certificate is for (RFC 5280 §4.2.1.12)', () => {
  expect(readCertificate(Buffer.from(FOR_SERVERS, 'base64'))?.facts.keyPurposes).toEqual([KeyPurpose.ServerAuth])
  expect(readCertificate(Buffer.from(SHA1, 'base64'))?.facts).not.toHaveProperty('keyPurposes')
})

describe('the hash under the signature of a certificate (RFC 5280 §4.1.1.2)', () => {
  test.each([
    ['md5', MD5],
    ['sha1', SHA1],
    ['sha256', PSS],
  ])('%s', (hash, der) => {
    const { facts } = readCertificate(Buffer.from(der, 'base64')) ?? {}
    expect(facts).toMatchObject({ signatureHash: hash, keyType: 'rsa', keyBits: 1024, selfSigned: false })
  })

  test('ECDSA', () => {
    expect(readCertificate(INTERMEDIATE)?.facts.signatureHash).toBe('sha256')
  })
})
