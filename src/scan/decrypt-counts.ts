/** Packets of SRTP and of SRTCP. */
export interface PacketCounts {
  rtp: number
  rtcp: number
}

/** What became of a trace's packets on their way to the clear. */
export interface DecryptCounts {
  /** Packets that verified and were decrypted, by suite. */
  readonly decrypted: Map<string, PacketCounts>
  /** Packets that were decrypted though no tag proves them, by suite: their octets are what the key makes of them. */
  readonly unproven: Map<string, PacketCounts>
  /** Of all these, RTP packets whose header extensions stay encrypted (RFC 6904). */
  withEncryptedExtensions: number
  /** Packets that were in the clear already. */
  readonly plain: PacketCounts
  /** SIP messages that were kept. */
  messages: number
  /** Left out: their tags do not verify under what was agreed. */
  failed: number
  /** Left out: no key is known, or the capture does not hold the whole packet. */
  unverified: number
  /** Of these, packets of streams that nothing says to be protected: no signalling names them, and no key fits. */
  ofUnknown: number
  /** Left out: they verify and hold no packet that could be written. */
  unwritable: number
  /** SIP messages that were left out: their bodies are encoded, or they found no room. */
  messagesLeftOut: number
}

export function noCounts(): DecryptCounts {
  return {
    decrypted: new Map(),
    unproven: new Map(),
    withEncryptedExtensions: 0,
    plain: { rtp: 0, rtcp: 0 },
    messages: 0,
    failed: 0,
    unverified: 0,
    ofUnknown: 0,
    unwritable: 0,
    messagesLeftOut: 0,
  }
}

export function countOf(counts: Map<string, PacketCounts>, suite: string): PacketCounts {
  const known = counts.get(suite)
  if (known !== undefined) return known
  const made = { rtp: 0, rtcp: 0 }
  counts.set(suite, made)
  return made
}
