import type { Place, TraceWriter } from '../../bench/captures/trace-writer.ts'

export const EPOCH_US = 1_768_469_400e6
export const CALLER: Place = { address: 0xcb007101, port: 5060 }
export const CALLEE: Place = { address: 0xc6336402, port: 5060 }

/** What a message says where it is not what most say. */
export interface Said {
  readonly method?: string
  /** Of a response. */
  readonly status?: number
  readonly uri?: string
  readonly callId?: string
  readonly cseq?: number
  readonly branch?: string
  /** Lines of Via; one of its own unless told. */
  readonly via?: readonly string[]
  readonly from?: string
  readonly fromTag?: string
  readonly to?: string
  readonly toTag?: string
  /** Further header lines. */
  readonly lines?: readonly string[]
  readonly type?: string
  readonly body?: string
}

/** A sound message of one call, but for what is said otherwise. */
export function message(said: Said): Buffer {
  const { method = 'INVITE', status, cseq = 1, branch = '1', body = '', toTag } = said
  return Buffer.from(
    [
      status === undefined ? `${method} ${said.uri ?? 'sip:b@198.51.100.2'} SIP/2.0` : `SIP/2.0 ${status} -`,
      ...(said.via ?? [`Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bK${branch}`]),
      'Max-Forwards: 70',
      `From: <${said.from ?? 'sip:a@203.0.113.1'}>;tag=${said.fromTag ?? 'f'}`,
      `To: <${said.to ?? 'sip:b@198.51.100.2'}>${toTag === undefined ? '' : `;tag=${toTag}`}`,
      `Call-ID: ${said.callId ?? 'call'}`,
      `CSeq: ${cseq} ${method}`,
      'Contact: <sip:203.0.113.1>',
      ...(said.lines ?? []),
      ...(body === '' ? [] : [`Content-Type: ${said.type ?? 'application/sdp'}`]),
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
    'latin1',
  )
}

/** A description of one stream, and further lines. */
export function description(port: number, lines: readonly string[] = [], format = 'RTP/AVP 0'): string {
  const session = ['v=0', 'o=- 1 1 IN IP4 203.0.113.1', 's=-', 'c=IN IP4 203.0.113.1', 't=0 0']
  return `${[...session, `m=audio ${port} ${format}`, ...lines].join('\r\n')}\r\n`
}

/** `a=crypto` with a key of its own for each number. */
export function cryptoLine(number: number, tag = 1): string {
  const key = Buffer.alloc(30)
  key.writeUInt32BE(number, 20)
  return `a=crypto:${tag} AES_CM_128_HMAC_SHA1_80 inline:${key.toString('base64')}`
}

/** Sends messages over UDP until there are so many octets: all that `next` gives, again and again. */
export function send(writer: TraceWriter, octets: number, next: (n: number) => readonly Sent[]): void {
  let packets = 0
  for (let n = 0; writer.octets < octets; n++) {
    for (const { source = CALLER, destination = CALLEE, payload } of next(n)) {
      writer.add(EPOCH_US + packets++ * 20, source, destination, payload)
    }
  }
}

export interface Sent {
  readonly source?: Place
  readonly destination?: Place
  readonly payload: Buffer
}

export function fromCaller(said: Said): Sent {
  return { payload: message(said) }
}

export function fromCallee(said: Said): Sent {
  return { source: CALLEE, destination: CALLER, payload: message(said) }
}
