import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { packOf } from '../../src/policy/packs.ts'
import { mergePolicies, parsePolicy, readPolicy } from '../../src/policy/policy-document.ts'
import { askedBy, STATEMENT_PATHS } from '../../src/policy/statements.ts'
import { PACK_FILES } from './pack-files.ts'

interface Schema {
  readonly properties: Readonly<Record<string, { readonly properties?: Readonly<Record<string, unknown>> }>>
}

const schema = JSON.parse(readFileSync(new URL('../../schemas/policy.schema.json', import.meta.url), 'utf8')) as Schema
const validate = new Ajv2020({ strict: true, strictTypes: false, allErrors: true }).compile(schema)

/** What is said of a policy that cannot be used. */
function complaint(document: unknown): string {
  try {
    readPolicy(document, 'mine.json')
  } catch (error) {
    expect(error).toMatchObject({ code: 'SRTP_SCAN_POLICY' })
    return (error as Error).message
  }
  throw new Error('nothing is wrong')
}

/** A value for every statement there is. */
const WHOLE = {
  $schema: 'policy.schema.json',
  description: 'all of it',
  userGives: { 'networks.media': 'yours' },
  srtp: {
    required: true,
    suites: ['AES_CM_128_HMAC_SHA1_80'],
    preferredSuites: ['AEAD_AES_256_GCM'],
    offerOnlySuites: ['AES_CM_128_NULL_AUTH'],
    keying: ['sdes', 'dtls'],
    webSocketDtls: true,
    secureProfile: true,
    oneSuiteAnswered: true,
    noCryptoUnasked: true,
  },
  codecs: ['PCMU'],
  mediaPorts: { from: 10000, to: 20000 },
  networks: { signalling: ['192.0.2.0/24', '192.0.2.7'], media: ['2001:db8::/32'] },
  strangersDropped: true,
  sip: {
    tlsRequired: true,
    registerTls: true,
    webSocketTls: true,
    port: 5061,
    hostNames: true,
    uriTransportTls: true,
    uriParameters: ['tgrp'],
    domains: ['example.com'],
    invitesPerSecond: 10,
  },
  tls: {
    versions: ['TLS 1.3'],
    ciphers: ['TLS_AES_128_GCM_SHA256'],
    groups: ['x25519'],
    leastDhBits: 2048,
    mutual: 'required',
    authorities: { organisations: ['DigiCert'], bundle: 'ca.pem' },
    peerRoots: ['DigiCert Global Root CA'],
    selfSignedIsError: true,
    fullChain: true,
    peerNames: ['sip.example.com'],
    namesByAddress: { '192.0.2.7': 'sip.example.com' },
    exactName: true,
    requestUriHost: true,
    marginDays: 30,
    longestLifeDays: 398,
    shortLivedLeaves: true,
    rotationWatched: true,
  },
}

describe('the schema of a policy', () => {
  test('names every statement, and no other', () => {
    const paths = Object.entries(schema.properties).flatMap(([name, { properties }]) =>
      properties === undefined || name === 'mediaPorts'
        ? [name]
        : Object.keys(properties).map((member) => `${name}.${member}`),
    )
    const others = ['$schema', 'description', 'userGives']
    expect(paths.filter((path) => !others.includes(path)).sort()).toEqual([...STATEMENT_PATHS].sort())
  })

  test.each([...Object.entries(PACK_FILES), ['all statements', WHOLE] as const])('holds %s', (_, document) => {
    validate(document)
    expect(validate.errors).toBeNull()
  })
})

describe('a policy file', () => {
  test('is read whole: networks in CIDR, a bundle beside the file', () => {
    const document = readPolicy(WHOLE, 'here/mine.json')
    expect([...document.statements.keys()].sort()).toEqual([...STATEMENT_PATHS].sort())
    expect(mergePolicies([document])).toMatchObject({
      names: ['here/mine.json'],
      networks: { signalling: ['192.0.2.0/24', '192.0.2.7/32'] },
      tls: {
        authorities: { bundle: 'here/ca.pem' },
        namesByAddress: { '192.0.2.7/32': 'sip.example.com' },
      },
    })
  })

  test('takes suites by every spelling', () => {
    const { srtp } = mergePolicies([readPolicy({ srtp: { suites: ['AES_CM_256_HMAC_SHA1_80'] } }, 'mine.json')])
    expect(srtp?.suites).toEqual(['AES_256_CM_HMAC_SHA1_80'])
  })

  test.each([
    [[], 'mine.json: an empty list is no policy; an object is one'],
    [{ strp: {} }, 'mine.json: strp: unknown statement; srtp is the nearest'],
    [{ srtp: { requird: true } }, 'mine.json: srtp.requird: unknown statement; srtp.required is the nearest'],
    [{ tlsRequired: true }, 'mine.json: tlsRequired: unknown statement; sip.tlsRequired is the nearest'],
    [{ sip: { codecs: [] } }, 'mine.json: sip.codecs: unknown statement; codecs is the nearest'],
    [{ sip: true }, 'mine.json: sip: true; an object is wanted: {"tlsRequired": …}'],
    [{ srtp: { required: 'yes' } }, 'mine.json: srtp.required: "yes"; true or false is wanted'],
    [
      { srtp: { suites: ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_81'] } },
      'mine.json: srtp.suites[1]: "AES_CM_128_HMAC_SHA1_81" is no crypto suite; AES_CM_128_HMAC_SHA1_80 is the nearest',
    ],
    [{ codecs: [] }, 'mine.json: codecs: an empty list; a list is wanted: [ … ]'],
    [
      { codecs: ['PCMU/8000'] },
      'mine.json: codecs[0]: "PCMU/8000"; the name of a codec without its rate, like PCMU, is wanted',
    ],
    [
      { mediaPorts: { from: 20000, to: 10000 } },
      'mine.json: mediaPorts: from 20000 to 10000 is no range; turn the two round',
    ],
    [{ mediaPorts: { from: 0, to: 1 } }, 'mine.json: mediaPorts.from: 0; a whole number from 1 to 65535 is wanted'],
    [
      { networks: { media: ['192.0.2.0/33'] } },
      'mine.json: networks.media[0]: "192.0.2.0/33"; an address or a network like 192.0.2.0/24 is wanted',
    ],
    [{ tls: { groups: ['secp384'] } }, 'mine.json: tls.groups[0]: "secp384" is no group; secp384r1 is the nearest'],
    [
      { tls: { namesByAddress: { here: 'a' } } },
      'mine.json: tls.namesByAddress["here"]: "here"; an address or a network',
    ],
    [
      { userGives: { 'networks.medai': '' } },
      'mine.json: userGives.networks.medai: unknown statement; networks.media is the nearest',
    ],
  ])('%j is refused in one line', (document, message) => {
    expect(complaint(document)).toContain(message)
    expect(complaint(document)).not.toContain('\n')
  })

  test('where it is no JSON: the line and the column', () => {
    expect(() => parsePolicy('{\n  "srtp": }', 'mine.json')).toThrow(
      'mine.json: line 2, column 11: no JSON; a value should stand here',
    )
  })

  test('a key that was given for a policy is not shown', () => {
    expect(complaint({ 'inline:AAAABBBBCCCCDDDD': 1 })).not.toContain('AAAABBBB')
    expect(complaint({ crypto: 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAABBBBCCCC' })).not.toContain('AAAA')
  })
})

describe('any JSON at all', () => {
  const paths = STATEMENT_PATHS.map((path) => path.split('.'))
  const statement = fc
    .tuple(fc.constantFrom(...paths), fc.jsonValue())
    .map(([[group, member], value]) => (member === undefined ? { [group]: value } : { [group]: { [member]: value } }))

  test('is a policy, or is refused with one line', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), statement), (document) => {
        try {
          const policy = mergePolicies([readPolicy(document, 'mine.json')])
          for (const { words } of askedBy(policy)) expect(words).toMatch(/[.]$/)
        } catch (error) {
          expect(error).toMatchObject({ code: 'SRTP_SCAN_POLICY' })
          expect((error as Error).message).not.toContain('\n')
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('several policies', () => {
  const mine = readPolicy({ srtp: { required: false }, tls: { mutual: null, marginDays: 7 } }, 'mine.json')

  test('of each statement the last word holds', () => {
    const policy = mergePolicies([packOf('tls13-hardened'), mine])
    expect(policy.names).toEqual(['tls13-hardened', 'mine.json'])
    expect(policy.srtp).toMatchObject({ required: false, secureProfile: true })
    expect(policy.tls).toMatchObject({ versions: ['TLS 1.3'], marginDays: 7 })
    expect(policy.tls).not.toHaveProperty('mutual')
  })

  test('what was taken back is not left to the user', () => {
    const none = readPolicy({ sip: { domains: null } }, 'mine.json')
    expect(Object.keys(mergePolicies([packOf('zero-trust'), none]).userGives ?? {})).toEqual([
      'networks.signalling',
      'networks.media',
    ])
  })
})
