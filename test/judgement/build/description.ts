/** An a=crypto line (RFC 4568 §9.1). */
export interface CryptoLine {
  readonly tag: number
  readonly suite: string
  /** Master key and salt. */
  readonly key: Uint8Array
  /** In place of the key's base64. */
  readonly keyText?: string
  readonly lifetime?: string
  readonly mki?: { readonly value: number; readonly length: number }
  readonly parameters?: string
}

export interface MediaLine {
  readonly port: number
  readonly profile?: string
  readonly kind?: string
  readonly codecs?: readonly number[]
  /** Names of payload types that this description numbers in its own way. */
  readonly names?: Readonly<Record<number, string>>
  readonly crypto?: readonly CryptoLine[]
  readonly direction?: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'
  /** c= of this m= line. */
  readonly connection?: string
  /** Further a= lines, without `a=`. */
  readonly attributes?: readonly string[]
}

export interface Description {
  readonly origin: string
  /** c= of the session; that of o= unless said otherwise. */
  readonly connection?: string
  /** Of o=, and which version of it. */
  readonly session?: number
  readonly version?: number
  readonly media: readonly MediaLine[]
}

const CODECS: Readonly<Record<number, string>> = {
  0: 'PCMU/8000',
  8: 'PCMA/8000',
  9: 'G722/8000',
  13: 'CN/8000',
  18: 'G729/8000',
  101: 'telephone-event/8000',
  111: 'opus/48000/2',
}

/** The text of a description (RFC 8866). */
export function formatDescription({ origin, connection, session = 7001, version = 1, media }: Description): string {
  return [
    'v=0',
    `o=- ${session} ${version} IN ${family(origin)} ${origin}`,
    's=-',
    connectionLine(connection ?? origin),
    't=0 0',
    ...media.flatMap(formatMediaLine),
    '',
  ].join('\r\n')
}

function formatMediaLine(line: MediaLine): string[] {
  const { port, profile = 'RTP/SAVP', kind = 'audio', codecs = [0, 101], crypto = [], attributes = [] } = line
  return [
    `m=${kind} ${port} ${profile} ${codecs.join(' ')}`,
    ...(line.connection === undefined ? [] : [connectionLine(line.connection)]),
    ...codecs.map((type) => `a=rtpmap:${type} ${line.names?.[type] ?? CODECS[type]}`),
    ...crypto.map(formatCryptoLine),
    ...attributes.map((attribute) => `a=${attribute}`),
    `a=${line.direction ?? 'sendrecv'}`,
  ]
}

function formatCryptoLine({ tag, suite, key, keyText, lifetime, mki, parameters }: CryptoLine): string {
  const text = [
    keyText ?? Buffer.from(key).toString('base64'),
    ...(lifetime === undefined ? [] : [lifetime]),
    ...(mki === undefined ? [] : [`${mki.value}:${mki.length}`]),
  ].join('|')
  return `a=crypto:${tag} ${suite} inline:${text}${parameters === undefined ? '' : ` ${parameters}`}`
}

function connectionLine(address: string): string {
  return `c=IN ${family(address)} ${address}`
}

function family(address: string): 'IP4' | 'IP6' {
  return address.includes(':') ? 'IP6' : 'IP4'
}
