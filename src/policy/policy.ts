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
  readonly networks?: { readonly signalling?: readonly string[]; readonly media?: readonly string[] }
  /** Whoever is outside the networks gets no answer at all. */
  readonly strangersDropped?: boolean
  readonly sip?: SipPolicy
}

export interface SrtpPolicy {
  readonly required?: boolean
  /** Suites that may be agreed, as registered. The first is the best. */
  readonly suites?: readonly string[]
}

export interface SipPolicy {
  readonly tlsRequired?: boolean
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

/** What is asked for where the user names no policy: only the rules that need none speak. */
export const DEFAULT_POLICY: Policy = { names: ['default'] }
