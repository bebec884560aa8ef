/** What a policy asks of calls, trunks and peers. What is absent is not asked for. Later packs win, statement by statement. */
export interface Policy {
  /** The packs and files that it was put together of, in their order. */
  readonly names: readonly string[]
  readonly srtp?: SrtpPolicy
  /** Names of codecs that may be agreed, as rtpmap writes them, without rate (`PCMU`). */
  readonly codecs?: readonly string[]
  /** Ports that media may use, both ends included. */
  readonly mediaPorts?: { readonly from: number; readonly to: number }
  /** Networks (CIDR) that signalling and media may come from and go to. */
  readonly networks?: NetworkPolicy
  /** Whoever is outside the networks gets no answer at all. */
  readonly strangersDropped?: boolean
  readonly sip?: SipPolicy
  readonly tls?: TlsPolicy
  /** Statements that no pack can fill in, by path, with a word on what to give; those that were given are still in here. */
  readonly userGives?: Readonly<Record<string, string>>
}

export interface SrtpPolicy {
  readonly required?: boolean
  /** Suites that may be agreed, as registered. The first is the best. */
  readonly suites?: readonly string[]
  /** Where both sides support one of these, the first of them is agreed; others may be agreed where they do not. */
  readonly preferredSuites?: readonly string[]
  /** Suites that may be offered, but not agreed. */
  readonly offerOnlySuites?: readonly string[]
  /** How media may be keyed. */
  readonly keying?: readonly ('sdes' | 'dtls')[]
  /** Where SIP goes over WebSocket, media is keyed by DTLS-SRTP. */
  readonly webSocketDtls?: boolean
  /** An m= line that is keyed says RTP/SAVP or RTP/SAVPF. */
  readonly secureProfile?: boolean
  /** An answer carries exactly one a=crypto line, of a suite and a tag that were offered. */
  readonly oneSuiteAnswered?: boolean
  /** No a=crypto is answered where none was offered. */
  readonly noCryptoUnasked?: boolean
}

export interface NetworkPolicy {
  readonly signalling?: readonly string[]
  readonly media?: readonly string[]
}

export interface SipPolicy {
  readonly tlsRequired?: boolean
  /** REGISTER goes over TLS, whatever else does not. */
  readonly registerTls?: boolean
  /** SIP over WebSocket goes over WSS. */
  readonly webSocketTls?: boolean
  /** The port at which servers take SIP over TLS. */
  readonly port?: number
  /** A Request-URI names its host, never an IP address. */
  readonly hostNames?: boolean
  /** A Request-URI says transport=tls. */
  readonly uriTransportTls?: boolean
  /** Parameters of the user part or the URI that a Request-URI has to carry (RFC 4904: tgrp, trunk-context). */
  readonly uriParameters?: readonly string[]
  /** Domains that an INVITE may be addressed to. */
  readonly domains?: readonly string[]
  /** INVITEs from one source in any second, at most. */
  readonly invitesPerSecond?: number
}

export interface TlsPolicy {
  /** Versions that may be negotiated. */
  readonly versions?: readonly TlsVersion[]
  /** Cipher suites that may be negotiated, by their registered names (`TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384`). */
  readonly ciphers?: readonly string[]
  /** Groups of the key exchange that may be negotiated, by their registered names (`secp384r1`). */
  readonly groups?: readonly string[]
  /** Bits of a finite-field Diffie-Hellman group, at least. */
  readonly leastDhBits?: number
  /** Whether clients show certificates: they have to, or the peer does not support it and must not be asked to. */
  readonly mutual?: 'required' | 'unsupported'
  /** Where chains have to end. */
  readonly authorities?: TlsAuthorities
  /** Common names of the roots, one of which the chains of the peers in `peerNames` end in. */
  readonly peerRoots?: readonly string[]
  /** A certificate that is its own issuer is an error. */
  readonly selfSignedIsError?: boolean
  /** A server sends its chain without a gap. */
  readonly fullChain?: boolean
  /** Names, one of which is in the certificate that a peer shows. */
  readonly peerNames?: readonly string[]
  /** The name that is meant where an address is called, by address or network. */
  readonly namesByAddress?: Readonly<Record<string, string>>
  /** The certificate holds the very name that was meant, no wildcard in its place. */
  readonly exactName?: boolean
  /** The host of the Request-URI is in the server's certificate. */
  readonly requestUriHost?: boolean
  /** Days that a certificate has to be valid for still. */
  readonly marginDays?: number
  /** Days that a certificate may be valid for in all. */
  readonly longestLifeDays?: number
  /** A certificate whose whole life is less than twice the margin need not have the margin left. */
  readonly shortLivedLeaves?: boolean
  /** Changes of a peer's certificate are watched: a rotation is told from nodes that disagree. */
  readonly rotationWatched?: boolean
}

export type TlsVersion = 'TLS 1.2' | 'TLS 1.3'

/** Any authority at all, one that Mozilla's list of public roots holds (the one that Node carries), or those named. */
export type TlsAuthorities =
  | 'any'
  | 'public'
  | {
      /** One of these occurs in the organisation name (O) of the root or of the issuer below it, letter case aside. */
      readonly organisations?: readonly string[]
      /** Path of a file of certificates in PEM. */
      readonly bundle?: string
    }

/** What is asked for where the user names no policy: only the rules that need none speak. */
export const DEFAULT_POLICY: Policy = { names: ['default'] }
