import type { FrameRef } from '../bytes/frame-ref.ts'
import type { TlsSender } from './handshake-facts.ts'

/** Who hears what is said inside a TLS connection. */
export interface TlsListener {
  /** What a side said to the other. `content` holds during the call only. */
  onApplicationData(sender: TlsSender, content: Uint8Array, at: FrameRef): void
  /** Octets are missing before what comes next, if anything does. */
  onLost(sender: TlsSender, at: FrameRef): void
  /** A side has ended, and all that can be read of it was. */
  onEnd?(sender: TlsSender, at: FrameRef): void
  /** Something is malformed, does not authenticate or is not read; a stable name. */
  onAnomaly(reason: TlsAnomaly, at: FrameRef): void
}

export type TlsAnomaly =
  | 'tls-record-malformed'
  | 'tls-handshake-malformed'
  | 'tls-handshake-too-long'
  | 'tls-compression'
  | 'tls-certificate-not-decompressed'
  | 'tls-record-not-authentic'
  | 'tls-records-beyond-those-held'
  | 'tls-records-beyond-the-room-for-all'
  | 'tls-early-data-not-read'
  | 'tls-early-data-beyond-its-room'
  | 'tls-transcript-too-long'
  | 'tls-alerts-beyond-those-judged'
  | 'tls-chains-too-long'
  | 'hello-lists-too-long'
