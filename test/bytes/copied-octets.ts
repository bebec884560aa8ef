import { vi } from 'vitest'

/** How many octets were copied from one array into another while `work` ran. */
export function copiedOctets(work: () => void): number {
  let copied = 0
  const set = Uint8Array.prototype.set
  const spy = vi.spyOn(Uint8Array.prototype, 'set').mockImplementation(function (this: Uint8Array, from, at) {
    copied += from.length
    return set.call(this, from, at)
  })
  try {
    work()
  } finally {
    spy.mockRestore()
  }
  return copied
}
