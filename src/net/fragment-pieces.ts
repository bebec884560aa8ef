import { LIMITS } from '../limits/limits.ts'

/** Octets that one piece can hold: a fragment as Ethernet carries it fits, a larger one takes several. */
const PIECE_OCTETS = 2048
/** 8 MiB of octets in all. */
const PIECES = LIMITS.fragmentPieces.most
/** Pieces of one datagram. 65,535 octets in fragments of 128 need that many; smaller ones are made to be costly. */
export const PIECES_PER_DATAGRAM = LIMITS.piecesOfDatagram.most

const NEXT = 0
const START = 1
const STOP = 2
const PIECE_WORDS = 3

/** Words before the pieces: head of the free list, pieces ever used. */
const FREE = 0
const USED = 1
const HEADER_WORDS = 2

const INDEX_OCTETS = (HEADER_WORDS + PIECES * PIECE_WORDS) * 4

/**
 * The octets of unfinished datagrams: pieces of bounded size, chained in order of their offset, which never overlap.
 * A piece is named by its index + 1, so that 0 means none and zero-filled memory is an empty store.
 */
export class FragmentPieces {
  static readonly byteLength = INDEX_OCTETS + PIECES * PIECE_OCTETS

  private readonly words: Int32Array
  private readonly octets: Uint8Array

  constructor(buffer: SharedArrayBuffer, byteOffset: number) {
    this.words = new Int32Array(buffer, byteOffset, INDEX_OCTETS / 4)
    this.octets = new Uint8Array(buffer, byteOffset + INDEX_OCTETS, PIECES * PIECE_OCTETS)
  }

  get exhausted(): boolean {
    return this.words[FREE] === 0 && this.words[USED] === PIECES
  }

  /** Offset in the datagram behind the last octet of a piece. */
  stop(piece: number): number {
    return this.words[this.at(piece) + STOP]
  }

  /** Offset in the datagram of the first octet of a piece. */
  start(piece: number): number {
    return this.words[this.at(piece) + START]
  }

  next(piece: number): number {
    return this.words[this.at(piece) + NEXT]
  }

  /** Chains a new piece behind `previous` (0: at the head) and fills it from `bytes`, up to its size. Not when exhausted. */
  insert(previous: number, next: number, bytes: Uint8Array, offset: number, start: number, stop: number): number {
    const { words, octets } = this
    let piece = words[FREE]
    if (piece !== 0) words[FREE] = this.next(piece)
    else piece = ++words[USED]
    const at = this.at(piece)
    const end = Math.min(stop, start + PIECE_OCTETS)
    words[at + NEXT] = next
    words[at + START] = start
    words[at + STOP] = end
    if (previous !== 0) words[this.at(previous) + NEXT] = piece
    // A loop where set() would do: a subarray would be an allocation per fragment.
    const target = (piece - 1) * PIECE_OCTETS
    for (let i = 0; i < end - start; i++) octets[target + i] = bytes[offset + i]
    return piece
  }

  /** Copies a chain to where `into` holds the datagram's octet 0. */
  gather(head: number, into: Uint8Array, offset: number): void {
    for (let piece = head; piece !== 0; piece = this.next(piece)) {
      const source = (piece - 1) * PIECE_OCTETS
      const start = this.start(piece)
      const length = this.stop(piece) - start
      for (let i = 0; i < length; i++) into[offset + start + i] = this.octets[source + i]
    }
  }

  /** Gives a chain back. */
  release(head: number, tail: number): void {
    if (head === 0) return
    this.words[this.at(tail) + NEXT] = this.words[FREE]
    this.words[FREE] = head
  }

  private at(piece: number): number {
    return HEADER_WORDS + (piece - 1) * PIECE_WORDS
  }
}
