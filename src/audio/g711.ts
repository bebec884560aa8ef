/** 16-bit samples by code, of one law of G.711. */
export type G711Table = Int16Array

/** ITU-T G.711 table 2, 14 bits wide, here in the upper bits of 16. All bits of a code are inverted on the wire. */
export const MU_LAW: G711Table = Int16Array.from({ length: 256 }, (_, code) => {
  const sent = ~code
  const segment = (sent >> 4) & 7
  // The bias of 33 makes each segment begin at a power of two (§3.2); four times that in 16 bits.
  const magnitude = ((((sent & 0x0f) << 3) + 132) << segment) - 132
  return sent & 0x80 ? -magnitude : magnitude
})

/** ITU-T G.711 table 1, 13 bits wide, here in the upper bits of 16. Even bits are inverted on the wire. */
export const A_LAW: G711Table = Int16Array.from({ length: 256 }, (_, code) => {
  const sent = code ^ 0x55
  const segment = (sent >> 4) & 7
  // The middle of the interval; the two lowest segments are one straight line.
  const within = ((sent & 0x0f) << 4) + 8
  const magnitude = segment === 0 ? within : (within + 256) << (segment - 1)
  return sent & 0x80 ? magnitude : -magnitude
})

/** Samples at 8 kHz, one an octet. */
export function decodeG711(table: G711Table, payload: Uint8Array): Int16Array {
  const samples = new Int16Array(payload.length)
  for (let i = 0; i < payload.length; i++) samples[i] = table[payload[i]]
  return samples
}
