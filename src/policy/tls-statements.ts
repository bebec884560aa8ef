import type { TlsAuthorities } from './policy.ts'
import { authorities, hostName, listOf, namesByAddress, oneOf, textLike, truth, wholeNumber } from './readers.ts'
import { type Statements, yes } from './statement.ts'

/** Groups of the registry of TLS supported groups that are in use. */
const GROUPS = [
  ...['secp256r1', 'secp384r1', 'secp521r1', 'x25519', 'x448'],
  ...['brainpoolP256r1', 'brainpoolP384r1', 'brainpoolP512r1'],
  ...['ffdhe2048', 'ffdhe3072', 'ffdhe4096', 'ffdhe6144', 'ffdhe8192'],
  ...['X25519MLKEM768', 'SecP256r1MLKEM768', 'SecP384r1MLKEM1024', 'MLKEM512', 'MLKEM768', 'MLKEM1024'],
]

const commonName = textLike(/\S/, 'a name')
const cipher = textLike(/^TLS_[A-Z0-9_]+$/, 'a registered name like TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384')

/** What is asked of TLS and of certificates. All of it is seen in handshakes, if not hidden. */
export const TLS_STATEMENTS: Statements<Extract<keyof Statements, `tls.${string}`>> = {
  'tls.versions': {
    read: listOf(oneOf(['TLS 1.2', 'TLS 1.3'], 'version that may be asked for')),
    words: (versions) => `${versions.join(' or ')} is negotiated.`,
    judgedBy: ['tls-version'],
    shownBy: 'handshake',
  },
  'tls.ciphers': {
    read: listOf(cipher),
    words: (ciphers) => `Cipher suites that may be negotiated: ${ciphers.join(', ')}.`,
    judgedBy: ['tls-cipher'],
    shownBy: 'handshake',
  },
  'tls.groups': {
    read: listOf(oneOf(GROUPS, 'group')),
    words: (groups) => `Groups that may be negotiated: ${groups.join(', ')}.`,
    judgedBy: ['tls-group'],
    shownBy: 'handshake',
  },
  'tls.leastDhBits': {
    read: wholeNumber(512, 16_384),
    words: (bits) => `A finite-field Diffie-Hellman group has ${bits} bits at least.`,
    judgedBy: ['tls-weak-dh'],
    shownBy: 'handshake',
  },
  'tls.mutual': {
    read: oneOf(['required', 'unsupported'], 'answer to whether clients show certificates'),
    words: (mutual) =>
      mutual === 'required'
        ? 'Both sides show a certificate (mutual TLS).'
        : 'The peer does not support mutual TLS: no client is asked for a certificate.',
    judgedBy: ['tls-mutual'],
    shownBy: 'certificate',
  },
  'tls.authorities': {
    read: authorities,
    words: authoritiesText,
    judgedBy: ['tls-untrusted-ca'],
    shownBy: 'certificate',
  },
  'tls.peerRoots': {
    read: listOf(commonName),
    words: (roots) => `The chains of the peers named here end in ${roots.join(' or ')}.`,
    judgedBy: ['tls-untrusted-ca'],
    shownBy: 'certificate',
  },
  'tls.selfSignedIsError': {
    read: truth,
    words: yes('A self-signed certificate is an error.'),
    judgedBy: ['tls-self-signed'],
    shownBy: 'certificate',
  },
  'tls.fullChain': {
    read: truth,
    words: yes('A server sends its whole chain, from its certificate to the one that the root issued.'),
    judgedBy: ['tls-chain-incomplete'],
    shownBy: 'certificate',
  },
  'tls.peerNames': {
    read: listOf(hostName),
    words: (names) => `The certificate of the peer holds one of these names: ${names.join(', ')}.`,
    judgedBy: ['tls-name-mismatch'],
    shownBy: 'certificate',
  },
  'tls.namesByAddress': {
    read: namesByAddress,
    words: (names) =>
      `Names that are meant by addresses: ${Object.entries(names)
        .map(([address, name]) => `${name} by ${address}`)
        .join(', ')}.`,
    judgedBy: ['tls-name-mismatch'],
    shownBy: 'certificate',
  },
  'tls.exactName': {
    read: truth,
    words: yes('The certificate holds the very name that the client meant, no wildcard in its place.'),
    judgedBy: ['tls-name-mismatch'],
    shownBy: 'certificate',
  },
  'tls.requestUriHost': {
    read: truth,
    words: yes("The host of the Request-URI is in the server's certificate."),
    judgedBy: ['tls-name-mismatch'],
    shownBy: 'certificate',
  },
  'tls.marginDays': {
    read: wholeNumber(0, 3650),
    words: (days) => `A certificate does not expire within ${days} days.`,
    judgedBy: ['tls-certificate-dates'],
    shownBy: 'certificate',
  },
  'tls.longestLifeDays': {
    read: wholeNumber(1, 36_500),
    words: (days) => `A certificate is valid for ${days} days at most.`,
    judgedBy: ['tls-certificate-dates'],
    shownBy: 'certificate',
  },
  'tls.shortLivedLeaves': {
    read: truth,
    words: yes(
      'Certificates may be short-lived: one issued for less than twice the margin is not told to expire soon.',
    ),
    judgedBy: ['tls-certificate-dates'],
    shownBy: 'certificate',
  },
  'tls.rotationWatched': {
    read: truth,
    words: yes("Changes of a peer's certificate are watched: a rotation is told from nodes that disagree."),
    judgedBy: ['tls-certificate-changed', 'tls-split-brain'],
    shownBy: 'certificate',
  },
}

function authoritiesText(authorities: TlsAuthorities): string {
  if (authorities === 'any') return 'Chains may end in any authority, a private one too.'
  if (authorities === 'public') return 'Chains end in a public authority.'
  const { organisations = [], bundle } = authorities
  const named = [...organisations, ...(bundle === undefined ? [] : [`one of ${bundle}`])]
  return `Chains end in one of these authorities: ${named.join(', ')}.`
}
