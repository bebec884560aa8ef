/**
 * An input as a list of pieces, for readers that take several one after the other: each stands behind a head of three
 * octets, a label that the target gives a meaning and the length (little-endian). Any octets are some list.
 */
export interface Piece {
  readonly label: number
  readonly bytes: Uint8Array
}

const HEAD = 3

export function writeScript(pieces: Iterable<Piece>): Uint8Array {
  const parts: Uint8Array[] = []
  for (const { label, bytes } of pieces) {
    const part = bytes.subarray(0, 0xffff)
    parts.push(Uint8Array.of(label, part.length & 0xff, part.length >> 8), part)
  }
  return new Uint8Array(Buffer.concat(parts))
}

/** Pieces of an input; the last one may be shorter than it says. */
export function* readScript(input: Uint8Array): Generator<Piece> {
  for (let at = 0; at + HEAD <= input.length; ) {
    const end = at + HEAD + input[at + 1] + input[at + 2] * 256
    yield { label: input[at], bytes: input.slice(at + HEAD, end) }
    at = end
  }
}

/** The octets in chunks whose lengths follow from the octets themselves. */
export function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  let state = bytes.length + 1
  for (let at = 0; at < bytes.length; ) {
    state = (Math.imul(state, 0x01000193) ^ bytes[at]) >>> 0
    // Mostly a few octets, now and then very many.
    const length = state % 7 === 0 ? 1 + (state % 4096) : 1 + (state % 24)
    yield bytes.slice(at, at + length)
    at += length
  }
}
