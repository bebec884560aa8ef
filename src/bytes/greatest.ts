/** The greatest of any number of numbers, `least` at least. Math.max takes no more arguments than the stack has room for. */
export function greatest(numbers: Iterable<number>, least: number): number {
  let most = least
  for (const number of numbers) if (number > most) most = number
  return most
}
