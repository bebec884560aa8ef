/** Stands in for Node's module of this name in the bundle, where yargs and piscina alone ask for it. */
export default function assert(value, message) {
  if (!value) throw new Error(message ?? `${value} is not true`)
}

export function strictEqual(actual, expected, message) {
  if (!Object.is(actual, expected)) throw new Error(message ?? `${actual} is not ${expected}`)
}

export function notStrictEqual(actual, expected, message) {
  if (Object.is(actual, expected)) throw new Error(message ?? `${actual} is ${expected}`)
}

Object.assign(assert, { strictEqual, notStrictEqual })
