/** One audio line of a session description, as a sample's party writes it. */
export interface AudioDescription {
  /** o= and c= (the latter unless `connection` differs). */
  readonly origin: string
  readonly connection?: string
  readonly port: number
  readonly profile: 'RTP/AVP' | 'RTP/SAVP'
  /** Static payload types of RFC 3551 with their names, in order of preference. */
  readonly codecs: readonly (keyof typeof codecNames)[]
  readonly crypto?: readonly CryptoLine[]
  readonly sessionId: number
  readonly direction?: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'
}

export interface CryptoLine {
  readonly tag: number
  readonly suite: string
  /** Master key and salt, one after the other. */
  readonly key: Uint8Array
}

const codecNames = { 0: 'PCMU/8000', 8: 'PCMA/8000', 9: 'G722/8000', 18: 'G729/8000' } as const

/** The text of a description (RFC 8866) with telephone-event as payload type 101 and SDES keys (RFC 4568). */
export function formatAudioDescription(description: AudioDescription): string {
  const { origin, connection, port, profile, codecs, crypto, sessionId, direction } = description
  const lines = [
    'v=0',
    `o=- ${sessionId} ${sessionId} IN IP4 ${origin}`,
    's=-',
    `c=IN IP4 ${connection ?? origin}`,
    't=0 0',
    `m=audio ${port} ${profile} ${codecs.join(' ')} 101`,
    ...codecs.map((type) => `a=rtpmap:${type} ${codecNames[type]}`),
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    ...(crypto ?? []).map(
      ({ tag, suite, key }) => `a=crypto:${tag} ${suite} inline:${Buffer.from(key).toString('base64')}`,
    ),
    'a=ptime:20',
    `a=${direction ?? 'sendrecv'}`,
  ]
  return `${lines.join('\r\n')}\r\n`
}
