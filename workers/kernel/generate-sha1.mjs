/**
 * Writes out the 80 rounds of SHA-1 (FIPS 180-4 §6.1.2) over four lanes: in a loop the sixteen words of the schedule
 * would have to live in memory, and every round would test which function is its own.
 *
 * Names are dealt anew in each round, where the standard moves the values: e becomes a, a becomes b, and so on.
 */
const FUNCTIONS = [
  { constant: '0x5a827999', of: (x, y, z) => `v128.bitselect(${y}, ${z}, ${x})` },
  { constant: '0x6ed9eba1', of: (x, y, z) => `v128.xor(v128.xor(${y}, ${z}), ${x})` },
  { constant: '0x8f1bbcdc', of: (x, y, z) => `v128.or(v128.and(${y}, ${z}), v128.and(v128.or(${y}, ${z}), ${x}))` },
  { constant: '0xca62c1d6', of: (x, y, z) => `v128.xor(v128.xor(${y}, ${z}), ${x})` },
]
const STATE = ['a', 'b', 'c', 'd', 'e']

/** The text of workers/kernel/generated/sha1-block.ts. */
export function formatSha1Block() {
  return [
    '// Made by workers/kernel/generate-sha1.mjs.',
    '/**',
    ' * Four blocks, one a lane, into four chaining values.',
    ' *',
    ' * @param words 16 vectors, the words of the blocks; @param states 5 vectors; @param live 1 vector, ones in the',
    ' * lanes whose chaining value moves, zeros in those that keep theirs',
    ' */',
    'export function hashBlocks(words: usize, states: usize, live: usize): void {',
    ...STATE.map((name, n) => `  let ${name} = v128.load(states, ${16 * n})`),
    ...Array.from({ length: 16 }, (_, t) => `  let w${t} = v128.load(words, ${16 * t})`),
    ...Array.from({ length: 80 }, (_, t) => round(t)).flat(),
    '  const mask = v128.load(live)',
    ...STATE.map((name, n) => {
      const before = `v128.load(states, ${16 * n})`
      return `  v128.store(states, i32x4.add(${before}, v128.and(${name}, mask)), ${16 * n})`
    }),
    '}',
    '',
  ].join('\n')
}

function round(t) {
  const { constant, of } = FUNCTIONS[Math.floor(t / 20)]
  const [a, b, c, d, e] = STATE.map((_, n) => STATE[(n + 5 * 16 - t) % 5])
  const w = `w${t % 16}`
  const sum = `i32x4.add(i32x4.add(${e}, i32x4.add(i32x4.splat(${constant}), ${w})), ${of(b, c, d)})`
  return [...(t < 16 ? [] : schedule(t)), `  ${e} = i32x4.add(${sum}, ${rotated(a, 5)})`, `  ${b} = ${rotated(b, 30)}`]
}

function schedule(t) {
  const [w16, w14, w8, w3] = [16, 14, 8, 3].map((back) => `w${(t - back) % 16}`)
  return [
    `  ${w16} = v128.xor(v128.xor(${w16}, ${w14}), v128.xor(${w8}, ${w3}))`,
    `  ${w16} = v128.or(i32x4.add(${w16}, ${w16}), i32x4.shr_u(${w16}, 31))`,
  ]
}

function rotated(name, by) {
  return `v128.or(i32x4.shl(${name}, ${by}), i32x4.shr_u(${name}, ${32 - by}))`
}
