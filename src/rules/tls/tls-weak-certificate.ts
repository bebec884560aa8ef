import type { Certificate } from '../../tls/certificate.ts'
import { defineRule, type RuleText } from '../rule.ts'
import { certificatesOf, PeerFindings, peerKey, whose } from './tls-peers.ts'

const text: RuleText = {
  id: 'tls-weak-certificate',
  severity: 'error',
  title: 'A certificate whose key or signature is too weak',
  meaning:
    'The key of a certificate, or the hash under the signature that vouches for it, is no longer strong enough to keep others ' +
    'from making one in its name. Many peers refuse such a certificate, mostly with no more than bad_certificate.',
  shows:
    'The key of the leaf and of the issuers that were sent (RSA or DSA of less than 2048 bits), and what their signatures ' +
    'are made with (MD5 or SHA-1). Roots are trusted for being known, and not judged.',
  causes: [
    'a certificate that has been renewed with the same key, or by the same old authority, for many years',
    'firmware of an SBC or a phone that makes keys of 1024 bits',
  ],
  remedy:
    'Have a certificate issued for a new key, RSA of 2048 bits or more or P-256, and signed with SHA-256 or better.',
  references: ['RFC 9325 §4.5', 'RFC 8446 §4.4.2.4', 'RFC 5280 §4.1.1.2'],
  kinds: ['short-key', 'weak-signature'],
}

/** RFC 9325 §4.5. */
const LEAST_BITS = 2048
/** By their names in node:crypto. */
const WEAK_HASHES: ReadonlyMap<string, string> = new Map([
  ['md5', 'MD5'],
  ['sha1', 'SHA-1'],
])

export const tlsWeakCertificate = defineRule(text, (trace) => ({
  end: () => {
    const found = new PeerFindings(text, trace)
    for (const shown of certificatesOf(trace)) {
      const { tls, chain, certificate } = shown
      for (const { kind, said, evidence } of faultsOf(certificate)) {
        const { fingerprint, subject } = certificate
        found.add(`${peerKey(shown)} ${kind} ${fingerprint}`, tls, chain.at, () => ({
          kind,
          detail: `${whose(shown)} shows ${subject}, ${said}.`,
          evidence: { side: shown.sender, subject, certificate: fingerprint, ...evidence },
        }))
      }
    }
    return found.findings()
  },
}))

interface Fault {
  readonly kind: 'short-key' | 'weak-signature'
  readonly said: string
  readonly evidence: Readonly<Record<string, unknown>>
}

function faultsOf({ keyType, keyBits, selfSigned, signatureHash = '' }: Certificate): Fault[] {
  const faults: Fault[] = []
  // Of an elliptic curve the bits are not known here, only its name.
  if (keyBits !== undefined && keyBits < LEAST_BITS) {
    const said = `whose ${keyType.toUpperCase()} key has ${keyBits} bits; ${LEAST_BITS} are the least`
    faults.push({ kind: 'short-key', said, evidence: { keyType, keyBits, least: LEAST_BITS } })
  }
  // Its own signature proves nothing of a certificate that signed itself, whatever the hash.
  const weak = selfSigned ? undefined : WEAK_HASHES.get(signatureHash)
  if (weak !== undefined) {
    const said = `which its issuer signed with ${weak}`
    faults.push({ kind: 'weak-signature', said, evidence: { signatureHash } })
  }
  return faults
}
