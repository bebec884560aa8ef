/** The part of the npm package cap (0.2) that is used; it has no types of its own. */
declare module 'cap' {
  import type { EventEmitter } from 'node:events'

  /** One interface under libpcap. Emits `packet` (octets in the frame's buffer, whether it was cut) for every frame. */
  class Cap extends EventEmitter<{ packet: [lengthBytes: number, truncated: boolean] }> {
    /**
     * @param bufferBytes of the kernel's buffer
     * @param frame where every frame is written before `packet` is emitted
     * @returns the link type's name; throws what libpcap says. After that nothing may be called: close() would abort.
     */
    open(device: string, filter: string, bufferBytes: number, frame: Buffer): string
    close(): void
  }

  const cap: { readonly Cap: typeof Cap }
  export default cap
}
