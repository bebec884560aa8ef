import { callRefusedForMedia } from './media/call-refused-for-media.ts'
import { codecNotNegotiated } from './media/codec-not-negotiated.ts'
import { codecPolicy } from './media/codec-policy.ts'
import { mediaAddressMismatch } from './media/media-address-mismatch.ts'
import { mediaAfterBye } from './media/media-after-bye.ts'
import { mediaPortPolicy } from './media/media-port-policy.ts'
import { mediaQuality } from './media/media-quality.ts'
import { mediaWhileHeld } from './media/media-while-held.ts'
import { mediaWithoutSignalling } from './media/media-without-signalling.ts'
import { natPrivateAddress } from './media/nat-private-address.ts'
import { noMedia } from './media/no-media.ts'
import { oneWayMedia } from './media/one-way-media.ts'
import { cryptoMismatch } from './protection/crypto-mismatch.ts'
import { keyingNotVisible } from './protection/keying-not-visible.ts'
import { rtcpInClear } from './protection/rtcp-in-clear.ts'
import { rtpAvpLeak } from './protection/rtp-avp-leak.ts'
import { rtpPlain } from './protection/rtp-plain.ts'
import { sdesKeyExposed } from './protection/sdes-key-exposed.ts'
import { srtpAuthFailed } from './protection/srtp-auth-failed.ts'
import { srtpKeyLifetime } from './protection/srtp-key-lifetime.ts'
import { srtpKeyReuse } from './protection/srtp-key-reuse.ts'
import { srtpNullCipher } from './protection/srtp-null-cipher.ts'
import { srtpOptional } from './protection/srtp-optional.ts'
import { srtpReplay } from './protection/srtp-replay.ts'
import { srtpRetriedPlain } from './protection/srtp-retried-plain.ts'
import { srtpRoc } from './protection/srtp-roc.ts'
import { srtpSuitePolicy } from './protection/srtp-suite-policy.ts'
import { srtpWeakSuite } from './protection/srtp-weak-suite.ts'
import type { Rule } from './rule.ts'
import { callDropped } from './signalling/call-dropped.ts'
import { callRefused } from './signalling/call-refused.ts'
import { inviteFlood } from './signalling/invite-flood.ts'
import { peerNotAllowlisted } from './signalling/peer-not-allowlisted.ts'
import { registrationFailed } from './signalling/registration-failed.ts'
import { requestUriForeignDomain } from './signalling/request-uri-foreign-domain.ts'
import { sipCleartext } from './signalling/sip-cleartext.ts'
import { sipConnectionFailed } from './signalling/sip-connection-failed.ts'
import { sipConnectionLost } from './signalling/sip-connection-lost.ts'
import { sipPortPolicy } from './signalling/sip-port-policy.ts'
import { sipScanner } from './signalling/sip-scanner.ts'
import { sipUnanswered } from './signalling/sip-unanswered.ts'
import { sipUndelivered } from './signalling/sip-undelivered.ts'
import { sipUriIpHost } from './signalling/sip-uri-ip-host.ts'
import { sipUriTransport } from './signalling/sip-uri-transport.ts'
import { strangerAnswered } from './signalling/stranger-answered.ts'
import { tlsCertificateChanged } from './tls/tls-certificate-changed.ts'
import { tlsCertificateDates } from './tls/tls-certificate-dates.ts'
import { tlsCertificateRevoked } from './tls/tls-certificate-revoked.ts'
import { tlsChainIncomplete } from './tls/tls-chain-incomplete.ts'
import { tlsCipher } from './tls/tls-cipher.ts'
import { tlsGroup } from './tls/tls-group.ts'
import { tlsHandshakeFailed } from './tls/tls-handshake-failed.ts'
import { tlsMutual } from './tls/tls-mutual.ts'
import { tlsNameMismatch } from './tls/tls-name-mismatch.ts'
import { tlsSelfSigned } from './tls/tls-self-signed.ts'
import { tlsSplitBrain } from './tls/tls-split-brain.ts'
import { tlsUntrustedCa } from './tls/tls-untrusted-ca.ts'
import { tlsVersion } from './tls/tls-version.ts'
import { tlsWeakCertificate } from './tls/tls-weak-certificate.ts'
import { tlsWeakDh } from './tls/tls-weak-dh.ts'

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
  callDropped,
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
