/** Stands in for Node's module of this name in the bundle, where yargs alone asks for it. */
export function strictEqual(actual, expected, message) {
  if (!Object.is(actual, expected)) throw new Error(message ?? `${actual} is not ${expected}`)
}

export function notStrictEqual(actual, expected, message) {
  if (Object.is(actual, expected)) throw new Error(message ?? `${actual} is ${expected}`)
}
