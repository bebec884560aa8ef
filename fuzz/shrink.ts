/** Milliseconds that are spent on making an input smaller. */
const PATIENCE_MS = 10_000

/** A smaller input that still fails: parts are taken out while that can be done, large ones first. */
export async function shrunk(
  input: Uint8Array,
  fails: (smaller: Uint8Array) => Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<Uint8Array> {
  const endsAt = Date.now() + patienceMs
  let least = input
  for (let part = least.length >> 1; part >= 1; part >>= 1) {
    for (let at = 0; at < least.length && Date.now() < endsAt; ) {
      const smaller = Uint8Array.from([...least.subarray(0, at), ...least.subarray(at + part)])
      if (await fails(smaller)) least = smaller
      else at += part
    }
  }
  return least
}
