import type { FrameRef } from '../bytes/frame-ref.ts'
import type { HandshakeReader } from './handshake-reader.ts'
import type { RecordProtection } from './record-protection.ts'
import type { TlsRecordReader } from './record-reader.ts'

/** One direction of a connection. */
export interface ConnectionSide {
  readonly records: TlsRecordReader
  handshake: HandshakeReader
  protection: RecordProtection | undefined
  /** Where to look for it, as long as its secret is not known. */
  findProtection: () => RecordProtection | undefined
  /** ChangeCipherSpec came, or in TLS 1.3 the hellos: what follows is protected, whether or not it can be opened. */
  isProtected: boolean
  /** Records that could not be opened for want of keys. */
  sealedRecords: number
  /** No record of this side can be opened any more. */
  lost: boolean
  /** Octets are missing, while records from before them wait: nothing more is taken in. */
  closed: boolean
  /**
   * What comes next may be anything: octets are missing before its first, or it changed its cipher in a handshake that is
   * not known. Undefined once a message of a handshake was seen in the clear.
   */
  unsure: 'joined' | 'changed' | undefined
  at: FrameRef | undefined
}

/** A side of which nothing was heard yet. */
export function connectionSide(records: TlsRecordReader, handshake: HandshakeReader): ConnectionSide {
  return {
    records,
    handshake,
    protection: undefined,
    findProtection: () => undefined,
    isProtected: false,
    sealedRecords: 0,
    lost: false,
    closed: false,
    unsure: undefined,
    at: undefined,
  }
}

/** What comes of the side from here on is protected. @param find where to look for its protection */
export function protect(side: ConnectionSide, find: ConnectionSide['findProtection']): void {
  side.isProtected = true
  side.findProtection = find
  side.protection = find()
}
