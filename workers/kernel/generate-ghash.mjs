/**
 * Writes out the multiplication of GHASH (NIST SP 800-38D §6.3). An octet selects its multiple of H from a table of 256;
 * Horner's rule adds the sixteen multiples up, octet by octet, and what moves out below is reduced once at the end.
 *
 * A block is a big-endian number here: its uppermost bit is the coefficient of x^0, so that the octet in the lowest place
 * comes first, and multiplication by x^8 moves everything one octet down. The two halves stand in two sums, since each
 * step waits for the one before.
 */
const HALVES = [
  { sum: 'low', octets: [0, 1, 2, 3, 4, 5, 6, 7] },
  { sum: 'high', octets: [8, 9, 10, 11, 12, 13, 14, 15] },
]

/** The text of workers/kernel/generated/ghash-multiply.ts. */
export function formatGhashMultiply() {
  return [
    '// Made by workers/kernel/generate-ghash.mjs.',
    '/** The block times H. @param table the multiples of H; both numbers are big-endian as one number in the host */',
    'export function multiply(table: usize, block: v128): v128 {',
    '  const zero = i64x2.splat(0)',
    ...HALVES.flatMap(({ sum, octets: [first, ...others] }, half) => [
      `  const ${sum}Octets = i64x2.extract_lane(block, ${half})`,
      `  let ${sum} = ${multiple(first)}`,
      `  let ${sum}Rest = zero`,
      ...others.flatMap((octet) => [...down(sum, 1), `  ${sum} = v128.xor(${sum}, ${multiple(octet)})`]),
    ]),
    ...down('low', 8),
    '  const rest = v128.xor(lowRest, highRest)',
    '  // x^128 is 1 + x + x^2 + x^7; fifteen octets of the rest leave room for the seven bits.',
    `  const upper = v128.shuffle<i64>(rest, zero, 1, 2)`,
    '  const shifted = v128.xor(v128.xor(rest, i64x2.shr_u(rest, 1)), v128.xor(i64x2.shr_u(rest, 2), i64x2.shr_u(rest, 7)))',
    '  const carried = v128.xor(v128.xor(i64x2.shl(upper, 63), i64x2.shl(upper, 62)), i64x2.shl(upper, 57))',
    '  return v128.xor(v128.xor(low, high), v128.xor(shifted, carried))',
    '}',
    '',
  ].join('\n')
}

/** The multiple of H that an octet of the block selects, sixteen octets of the table each. */
function multiple(octet) {
  const half = octet < 8 ? 'lowOctets' : 'highOctets'
  const shift = 8 * (octet % 8) - 4
  return `v128.load(table + <usize>(<u32>(${shift < 0 ? `${half} << 4` : `${half} >> ${shift}`}) & 0xff0))`
}

/** Moves a sum by some octets; what leaves it comes in at the top of its rest. */
function down(sum, octets) {
  const lanes = Array.from({ length: 16 }, (_, n) => n + octets).join(', ')
  return [
    `  ${sum}Rest = v128.shuffle<u8>(${sum}Rest, ${sum}, ${lanes})`,
    `  ${sum} = v128.shuffle<u8>(${sum}, zero, ${lanes})`,
  ]
}
