import { callRefused } from './call-refused.ts'
import { callRefusedForMedia } from './call-refused-for-media.ts'
import { codecNotNegotiated } from './codec-not-negotiated.ts'
import { codecPolicy } from './codec-policy.ts'
import { cryptoMismatch } from './crypto-mismatch.ts'
import { inviteFlood } from './invite-flood.ts'
import { keyingNotVisible } from './keying-not-visible.ts'
import { mediaAddressMismatch } from './media-address-mismatch.ts'
import { mediaAfterBye } from './media-after-bye.ts'
import { mediaPortPolicy } from './media-port-policy.ts'
import { mediaQuality } from './media-quality.ts'
import { mediaWhileHeld } from './media-while-held.ts'
import { mediaWithoutSignalling } from './media-without-signalling.ts'
import { natPrivateAddress } from './nat-private-address.ts'
import { noMedia } from './no-media.ts'
import { oneWayMedia } from './one-way-media.ts'
import { peerNotAllowlisted } from './peer-not-allowlisted.ts'
import { registrationFailed } from './registration-failed.ts'
import { requestUriForeignDomain } from './request-uri-foreign-domain.ts'
import { rtcpInClear } from './rtcp-in-clear.ts'
import { rtpAvpLeak } from './rtp-avp-leak.ts'
import { rtpPlain } from './rtp-plain.ts'
import type { Rule } from './rule.ts'
import { sdesKeyExposed } from './sdes-key-exposed.ts'
import { sipCleartext } from './sip-cleartext.ts'
import { sipConnectionFailed } from './sip-connection-failed.ts'
import { sipConnectionLost } from './sip-connection-lost.ts'
import { sipPortPolicy } from './sip-port-policy.ts'
import { sipScanner } from './sip-scanner.ts'
import { sipUnanswered } from './sip-unanswered.ts'
import { sipUndelivered } from './sip-undelivered.ts'
import { sipUriIpHost } from './sip-uri-ip-host.ts'
import { sipUriTransport } from './sip-uri-transport.ts'
import { srtpAuthFailed } from './srtp-auth-failed.ts'
import { srtpKeyLifetime } from './srtp-key-lifetime.ts'
import { srtpKeyReuse } from './srtp-key-reuse.ts'
import { srtpNullCipher } from './srtp-null-cipher.ts'
import { srtpOptional } from './srtp-optional.ts'
import { srtpReplay } from './srtp-replay.ts'
import { srtpRetriedPlain } from './srtp-retried-plain.ts'
import { srtpRoc } from './srtp-roc.ts'
import { srtpSuitePolicy } from './srtp-suite-policy.ts'
import { srtpWeakSuite } from './srtp-weak-suite.ts'
import { strangerAnswered } from './stranger-answered.ts'
import { tlsCertificateChanged } from './tls-certificate-changed.ts'
import { tlsCertificateDates } from './tls-certificate-dates.ts'
import { tlsCertificateRevoked } from './tls-certificate-revoked.ts'
import { tlsChainIncomplete } from './tls-chain-incomplete.ts'
import { tlsCipher } from './tls-cipher.ts'
import { tlsGroup } from './tls-group.ts'
import { tlsHandshakeFailed } from './tls-handshake-failed.ts'
import { tlsMutual } from './tls-mutual.ts'
import { tlsNameMismatch } from './tls-name-mismatch.ts'
import { tlsSelfSigned } from './tls-self-signed.ts'
import { tlsSplitBrain } from './tls-split-brain.ts'
import { tlsUntrustedCa } from './tls-untrusted-ca.ts'
import { tlsVersion } from './tls-version.ts'
import { tlsWeakCertificate } from './tls-weak-certificate.ts'
import { tlsWeakDh } from './tls-weak-dh.ts'

/** Every rule: media security, reaching the media, signalling, TLS. A new rule is a file and a line here. */
export const RULES: readonly Rule[] = [
  rtpAvpLeak,
  rtpPlain,
  srtpRetriedPlain,
  srtpOptional,
  cryptoMismatch,
  srtpAuthFailed,
  srtpRoc,
  srtpReplay,
  srtpNullCipher,
  srtpWeakSuite,
  srtpSuitePolicy,
  srtpKeyLifetime,
  srtpKeyReuse,
  rtcpInClear,
  sdesKeyExposed,
  keyingNotVisible,
  natPrivateAddress,
  oneWayMedia,
  noMedia,
  mediaAddressMismatch,
  mediaWithoutSignalling,
  mediaAfterBye,
  mediaWhileHeld,
  mediaPortPolicy,
  codecNotNegotiated,
  codecPolicy,
  callRefused,
  callRefusedForMedia,
  mediaQuality,
  sipCleartext,
  sipPortPolicy,
  sipUndelivered,
  sipConnectionFailed,
  sipConnectionLost,
  sipUnanswered,
  sipScanner,
  registrationFailed,
  inviteFlood,
  requestUriForeignDomain,
  peerNotAllowlisted,
  strangerAnswered,
  sipUriIpHost,
  sipUriTransport,
  tlsVersion,
  tlsCipher,
  tlsGroup,
  tlsWeakDh,
  tlsHandshakeFailed,
  tlsChainIncomplete,
  tlsSelfSigned,
  tlsUntrustedCa,
  tlsNameMismatch,
  tlsCertificateDates,
  tlsWeakCertificate,
  tlsCertificateRevoked,
  tlsCertificateChanged,
  tlsSplitBrain,
  tlsMutual,
]
