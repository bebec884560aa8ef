import type { ServerResponse } from 'node:http'
import { ObjectServer } from '../capture/object-server.ts'

/**
 * Captures on a server, each at `/captures/NAME`, and once more at `/held/NAME`, where the server gives nothing until the
 * test says so: a worker that reads there is in the middle of its job for as long as the test wants.
 */
export class HeldObjects {
  readonly #server = new ObjectServer()
  readonly #names: string[] = []
  readonly #held: { readonly name: string; readonly release: () => void }[] = []
  readonly #waiting = new Set<() => void>()
  #free: ReadonlySet<string> = new Set()
  #hears: (name: string) => void = () => undefined

  static async serve(captures: Readonly<Record<string, Uint8Array>>): Promise<HeldObjects> {
    const objects = new HeldObjects()
    for (const [name, octets] of Object.entries(captures)) {
      const stored = { octets, entityTag: '"1"' }
      objects.#names.push(name)
      objects.#server.objects.set(`/captures/${name}`, stored)
      const instead = (answer: ServerResponse): boolean => objects.#hold(name, answer)
      objects.#server.objects.set(`/held/${name}`, { ...stored, instead })
    }
    await objects.#server.listen()
    return objects
  }

  get urls(): string[] {
    return this.#names.map((name) => this.#server.url(`/captures/${name}`))
  }

  /** What has a worker read where it is held. */
  get mapping(): string {
    return `${this.#server.url('/captures/')}=${this.#server.url('/held/')}`
  }

  /** Resolves with their names once so many requests are held. */
  async held(count: number): Promise<string[]> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.#held.length < count) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
    return this.#held.map(({ name }) => name)
  }

  /** Lets these captures, or all, be read from now on. */
  release(names: readonly string[] = this.#names): void {
    this.#free = new Set([...this.#free, ...names])
    for (const { name, release } of this.#held.splice(0)) if (this.#free.has(name)) release()
  }

  /** Calls back at each request for a capture that is held. */
  onHeld(hears: (name: string) => void): void {
    this.#hears = hears
  }

  close(): Promise<void> {
    return this.#server.close()
  }

  #hold(name: string, answer: ServerResponse): boolean {
    if (this.#free.has(name)) return false
    const location = this.#server.url(`/captures/${name}`)
    const release = () => answer.writeHead(307, { location }).end()
    const one = { name, release }
    this.#held.push(one)
    // Whoever is killed asks no more.
    answer.on('close', () => {
      const at = this.#held.indexOf(one)
      if (at >= 0) this.#held.splice(at, 1)
    })
    this.#hears(name)
    for (const wake of this.#waiting) wake()
    return true
  }
}
