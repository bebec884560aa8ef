import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { formatRtp } from '../../samples/rtp-packet.ts'
import { formatAudioDescription } from '../../samples/sdp-body.ts'
import { composeSipCall, type Party, type Side } from '../../samples/sip-call.ts'
import { createSrtpSender } from '../../samples/srtp-sender.ts'

const HOST = '127.0.0.1'
const SUITE = 'AES_CM_128_HMAC_SHA1_80'
const OTHER: Readonly<Record<Side, Side>> = { caller: 'callee', callee: 'caller' }
/** Packets that are sent before the others are waited for: a burst as a busy trunk has them. */
const BURST = 10
/** Ethernet, IPv4 and UDP. */
const HEADERS = 42
/** Octets of a frame of a flood. */
export const FLOOD_FRAME = 242

/** One side of the call: a socket for SIP and one for media. */
interface Sockets {
  readonly sip: Socket
  readonly media: Socket
}

/** A SIP message between ports of the loopback interface. */
export interface Reported {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly payload: Uint8Array
}

/** A call that is really carried over the loopback interface: SIP with SDES keys, and SRTP in both directions. */
export class LoopbackCall {
  readonly callId = `${randomBytes(6).toString('hex')}@loopback.example`
  /** Datagrams sent so far. */
  sent = 0
  readonly #sides: Readonly<Record<Side, Sockets>>
  readonly #report: ((message: Reported) => void) | undefined

  private constructor(sides: Readonly<Record<Side, Sockets>>, report?: (message: Reported) => void) {
    this.#sides = sides
    this.#report = report
  }

  /** @param report hears the SIP messages, as a server's capture agent does; they are not sent then */
  static async open(report?: (message: Reported) => void): Promise<LoopbackCall> {
    const side = async (): Promise<Sockets> => ({ sip: await bound(), media: await bound() })
    return new LoopbackCall({ caller: await side(), callee: await side() }, report)
  }

  /** Takes in this call and nothing else. */
  get filter(): string {
    const sockets = Object.values(this.#sides).flatMap(({ sip, media }) => [sip, media])
    return `udp and (${sockets.map((socket) => `port ${socket.address().port}`).join(' or ')})`
  }

  /** Carries the call: INVITE to ACK, `packets` of SRTP each way, BYE. */
  async carry(packets: number): Promise<void> {
    const keys = { caller: randomBytes(30), callee: randomBytes(30) }
    const describe = (side: Side) =>
      formatAudioDescription({
        ...{ origin: HOST, profile: 'RTP/SAVP', codecs: [0], sessionId: 1 },
        port: this.#sides[side].media.address().port,
        crypto: [{ tag: 1, suite: SUITE, key: keys[side] }],
      })
    const messages = composeSipCall({
      ...{ callId: this.callId, transport: 'udp', caller: this.#party('caller'), callee: this.#party('callee') },
      ...{ offer: describe('caller'), inviteNs: 0 },
      outcome: { answer: describe('callee'), answerNs: 1e9, byeNs: 2e9 },
    })
    const bye = messages.findIndex(({ text }) => text.startsWith('BYE'))
    for (const { from, text } of messages.slice(0, bye)) await this.#send(from, 'sip', Buffer.from(text))
    await this.#talk(packets, keys)
    for (const { from, text } of messages.slice(bye)) await this.#send(from, 'sip', Buffer.from(text))
  }

  /** Sends packets of media as fast as they go. */
  async flood(packets: number): Promise<void> {
    const octets = Buffer.alloc(FLOOD_FRAME - HEADERS)
    for (let n = 0; n < packets; n++) await this.#send('caller', 'media', octets)
  }

  close(): void {
    for (const { sip, media } of Object.values(this.#sides)) {
      sip.close()
      media.close()
    }
  }

  async #talk(packets: number, keys: Readonly<Record<Side, Buffer>>): Promise<void> {
    const senders = { caller: createSrtpSender(SUITE, keys.caller), callee: createSrtpSender(SUITE, keys.callee) }
    for (let n = 0; n < packets; n++) {
      for (const [side, ssrc] of [['caller', 0x1111_1111] as const, ['callee', 0x2222_2222] as const]) {
        const header = { marker: n === 0, payloadType: 0, sequenceNumber: 1000 + n, timestamp: 160 * n, ssrc }
        await this.#send(side, 'media', senders[side].protectRtp(formatRtp(header, Buffer.alloc(160, 0xd5))))
      }
      if (n % BURST === BURST - 1) await wait(1)
    }
  }

  #party(side: Side): Party {
    const { port } = this.#sides[side].sip.address()
    return { user: side, displayName: side, signalling: { address: HOST, port }, userAgent: 'loopback' }
  }

  async #send(from: Side, kind: keyof Sockets, octets: Uint8Array): Promise<void> {
    const { port } = this.#sides[OTHER[from]][kind].address()
    if (kind === 'sip' && this.#report !== undefined) {
      this.#report({ sourcePort: this.#sides[from].sip.address().port, destinationPort: port, payload: octets })
      this.sent += 1
      return
    }
    await new Promise<void>((resolve, reject) => {
      this.#sides[from][kind].send(octets, port, HOST, (error) => (error ? reject(error) : resolve()))
    })
    this.sent += 1
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4').on('message', () => undefined)
  socket.bind(0, HOST)
  await once(socket, 'listening')
  return socket
}
