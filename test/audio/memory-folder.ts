import type { AudioFile, AudioFolder } from '../../src/audio/audio-file.ts'

/** Files in memory, as the disk would have them. */
export class MemoryFolder implements AudioFolder {
  readonly files = new Map<string, Buffer>()
  /** Octets that were written, holes left out. */
  written = 0

  create(name: string): AudioFile {
    if (this.files.has(name)) throw new Error(`${name} was made twice`)
    this.files.set(name, Buffer.alloc(0))
    return {
      write: (octets, at) => {
        this.written += octets.length
        const before = this.files.get(name) as Buffer
        const after = Buffer.alloc(Math.max(before.length, at + octets.length))
        after.set(before)
        after.set(octets, at)
        this.files.set(name, after)
      },
    }
  }

  /** The only file with this ending. */
  only(ending: string): Buffer {
    const [found, ...others] = [...this.files].filter(([name]) => name.endsWith(ending))
    if (found === undefined || others.length > 0)
      throw new Error(`${others.length} more or no file ends with ${ending}`)
    return found[1]
  }
}
