import { randomInt } from 'node:crypto'

/**
 * A number of 32 bits, another one in each process. V8 hashes texts with a seed, but numbers alike everywhere: who chooses
 * addresses and SSRCs could choose those that meet in one chain of a Map, unless they are mixed with this.
 */
export const UNFORESEEN = randomInt(2 ** 32)
