/**
 * Writes out the 80 rounds of SHA-1 (FIPS 180-4 §6.1.2) for several messages side by side: in a loop the sixteen words of
 * the schedule would have to live in memory, and every round would test which function is its own.
 *
 * Four messages are the lanes of a vector. A round on vectors mostly waits for the round before, so that one message more,
 * in plain words, goes through the same rounds in the time that is left over.
 */
const PREFIXES = ['v', 'u']

/** The lanes of vector number `index` of so many in a row. */
function vectorLanes(index, vectors) {
  const at = (row) => 16 * (vectors * row + index)
  return {
    prefix: PREFIXES[index],
    loadState: (n) => `v128.load(states, ${at(n)})`,
    storeState: (n, value) => `v128.store(states, ${value}, ${at(n)})`,
    loadWord: (t) => `v128.load(words, ${at(t)})`,
    loadLive: `v128.load(live, ${at(0)})`,
    constant: (value) => `i32x4.splat(${value})`,
    add: (x, y) => `i32x4.add(${x}, ${y})`,
    xor: (x, y) => `v128.xor(${x}, ${y})`,
    and: (x, y) => `v128.and(${x}, ${y})`,
    or: (x, y) => `v128.or(${x}, ${y})`,
    rotate: (x, by) => `v128.or(i32x4.shl(${x}, ${by}), i32x4.shr_u(${x}, ${32 - by}))`,
  }
}

/** The message in plain words, behind so many vectors in a row. */
function plainWords(vectors) {
  const at = (n) => 80 * vectors + 4 * n
  return {
    prefix: 'w',
    loadState: (n) => `load<u32>(states, ${at(n)})`,
    storeState: (n, value) => `store<u32>(states, ${value}, ${at(n)})`,
    loadWord: (t) => `bswap<u32>(load<u32>(block, ${4 * t}))`,
    loadLive: `load<u32>(live, ${16 * vectors})`,
    constant: (value) => `<u32>${value}`,
    add: (x, y) => `(${x} + ${y})`,
    xor: (x, y) => `(${x} ^ ${y})`,
    and: (x, y) => `(${x} & ${y})`,
    or: (x, y) => `(${x} | ${y})`,
    rotate: (x, by) => `rotl<u32>(${x}, ${by})`,
  }
}

const parity = ({ xor }, x, y, z) => xor(xor(y, z), x)
/** The functions and constants of twenty rounds each. What needs x comes last: it is ready latest. */
const FUNCTIONS = [
  { constant: '0x5a827999', of: ({ xor, and }, x, y, z) => xor(and(xor(y, z), x), z) },
  { constant: '0x6ed9eba1', of: parity },
  { constant: '0x8f1bbcdc', of: ({ or, and }, x, y, z) => or(and(or(y, z), x), and(y, z)) },
  { constant: '0xca62c1d6', of: parity },
]

/** The text of a function that hashes a block of each of several messages: those in so many vectors, and one. */
export function formatHashBlocks(name, vectors) {
  const lanes = numbers(vectors).map((index) => vectorLanes(index, vectors))
  const plain = plainWords(vectors)
  const kinds = [...lanes, plain]
  const stores = ({ prefix, storeState }) => numbers(5).map((n) => storeState(n, `${prefix}Next${n}`))
  return [
    '// Made by workers/kernel/generate-sha1.mjs.',
    '/**',
    ` * A block of each of ${4 * vectors + 1} messages into their chaining values.`,
    ' *',
    ` * @param words 16 rows of ${vectors} vectors, the words of all but the last; @param block the octets of the last`,
    ` * @param states 5 rows and 5 words; @param live a row and a word, ones for those whose chaining value moves`,
    ' */',
    `export function ${name}(words: usize, block: usize, states: usize, live: usize): void {`,
    ...kinds.flatMap((kind) => [
      ...numbers(5).map((n) => `let ${stateName(kind, n)} = ${kind.loadState(n)}`),
      ...numbers(16).map((t) => `let ${wordName(kind, t)} = ${kind.loadWord(t)}`),
    ]),
    ...numbers(80).flatMap((t) => kinds.flatMap((kind) => round(kind, t))),
    // All is loaded before the first store, and those of a row follow each other: V8 makes one of two only where nothing
    // stands between (src/verify/hash-nine.ts).
    ...kinds.flatMap((kind) => [
      `const ${kind.prefix}Live = ${kind.loadLive}`,
      ...numbers(5).map((n) => {
        const moved = kind.and(stateName(kind, n), `${kind.prefix}Live`)
        return `const ${kind.prefix}Next${n} = ${kind.add(kind.loadState(n), moved)}`
      }),
    ]),
    ...stores(plain),
    ...numbers(5).flatMap((n) => lanes.map((lane) => stores(lane)[n])),
    '}',
    '',
  ].join('\n')
}

function round(kind, t) {
  const { constant, of } = FUNCTIONS[Math.floor(t / 20)]
  // Where the standard moves the values, names are dealt anew: e becomes a, a becomes b, and so on.
  const [a, b, c, d, e] = numbers(5).map((n) => stateName(kind, (n + 80 - t) % 5))
  const word = wordName(kind, t)
  const early = kind.add(kind.add(e, kind.add(kind.constant(constant), word)), of(kind, b, c, d))
  return [
    ...(t < 16 ? [] : [`${word} = ${nextWord(kind, t)}`]),
    `${e} = ${kind.add(early, kind.rotate(a, 5))}`,
    `${b} = ${kind.rotate(b, 30)}`,
  ]
}

function nextWord(kind, t) {
  const [w16, w14, w8, w3] = [16, 14, 8, 3].map((back) => wordName(kind, t - back))
  return kind.rotate(kind.xor(kind.xor(w16, w14), kind.xor(w8, w3)), 1)
}

function stateName({ prefix }, n) {
  return prefix + 'ABCDE'[n]
}

function wordName({ prefix }, t) {
  return prefix + (t % 16)
}

function numbers(count) {
  return Array.from({ length: count }, (_, n) => n)
}
