import { describe, expect, test } from 'vitest'
import { PACK_NAMES } from '../../src/policy/pack-names.ts'
import { packOf } from '../../src/policy/packs.ts'
import { mergePolicies } from '../../src/policy/policy-document.ts'
import { askedBy } from '../../src/policy/statements.ts'
import { PACK_FILES } from './pack-files.ts'

function pathsOf(name: (typeof PACK_NAMES)[number]): string[] {
  return askedBy(mergePolicies([packOf(name)])).map(({ path }) => path)
}

describe('the packs', () => {
  test('are the files of policies/', () => {
    expect(Object.keys(PACK_FILES).sort()).toEqual([...PACK_NAMES].sort())
  })

  test('default asks for nothing', () => {
    expect(mergePolicies([packOf('default')])).toEqual({ names: ['default'] })
  })

  test('zero-trust: TLS and SRTP everywhere, known networks, and no answer to strangers', () => {
    expect(mergePolicies([packOf('zero-trust')])).toMatchObject({
      srtp: { required: true },
      codecs: ['opus', 'PCMU', 'PCMA'],
      mediaPorts: { from: 16384, to: 32768 },
      strangersDropped: true,
      sip: { tlsRequired: true, hostNames: true, invitesPerSecond: 500 },
      tls: {
        versions: ['TLS 1.2', 'TLS 1.3'],
        mutual: 'required',
        authorities: 'public',
        selfSignedIsError: true,
        marginDays: 30,
      },
    })
    expect([...packOf('zero-trust').userGives.keys()]).toEqual(['networks.signalling', 'networks.media', 'sip.domains'])
  })

  test('tls13-hardened: TLS 1.3 alone, and RTP/SAVP', () => {
    expect(pathsOf('tls13-hardened')).toEqual([
      ...['srtp.required', 'srtp.preferredSuites', 'srtp.secureProfile', 'sip.tlsRequired', 'sip.port'],
      ...['tls.versions', 'tls.mutual', 'tls.authorities', 'tls.fullChain', 'tls.exactName', 'tls.marginDays'],
    ])
  })

  test('genesys-byoc-cloud: the names of all regions', () => {
    const { tls, sip, srtp } = mergePolicies([packOf('genesys-byoc-cloud')])
    expect(tls?.peerNames).toHaveLength(48)
    expect(tls?.peerNames).toContain('lb04.voice.apse2.pure.cloud')
    expect(tls?.peerNames).toContain('lb01.voice.use2.us-gov-pure.cloud')
    expect(tls?.ciphers).toHaveLength(5)
    expect(tls).toMatchObject({ versions: ['TLS 1.2'], groups: ['secp384r1'], mutual: 'unsupported' })
    expect(sip).toMatchObject({ port: 5061, uriParameters: ['tgrp', 'trunk-context'] })
    expect(srtp).toEqual({ required: true, suites: ['AES_CM_128_HMAC_SHA1_80'], keying: ['sdes'] })
  })

  test('telnyx: suites from the best on, one of which may be offered only', () => {
    const { srtp, tls } = mergePolicies([packOf('telnyx')])
    expect(srtp?.suites?.[0]).toBe('AEAD_AES_256_GCM_8')
    expect(srtp?.suites).toHaveLength(8)
    expect(srtp?.offerOnlySuites).toEqual(['AES_CM_128_NULL_AUTH'])
    expect(tls).toMatchObject({ leastDhBits: 2048, authorities: 'any' })
  })

  test('genesys-byoc-premises: the authority is left to the user', () => {
    expect(pathsOf('genesys-byoc-premises')).toEqual([
      ...['srtp.required', 'sip.tlsRequired', 'tls.shortLivedLeaves', 'tls.rotationWatched'],
    ])
    expect([...packOf('genesys-byoc-premises').userGives.keys()]).toEqual(['tls.authorities'])
  })
})
