import { readSync, writeSync } from 'node:fs'
import { openSpillFile } from './spill-file.ts'

const WRITE_BUFFER = 256 * 1024
const READ_BUFFER = 1 << 20
const NEWLINE = 0x0a

/**
 * Lines that are kept on the disk until they are read: in an unlinked file of mode 0600, gone with the process. The
 * file is made with the first line.
 */
export class LineSpill implements Iterable<string> {
  /** Lines that were taken, and those that the disk had no room for. */
  length = 0
  refused = 0
  #descriptor = -1
  #waiting: string[] = []
  #waitingLength = 0
  #end = 0

  /** @param line without a line end in it */
  append(line: string): void {
    this.#waiting.push(line)
    this.#waitingLength += line.length
    this.length++
    if (this.#waitingLength >= WRITE_BUFFER) this.flush()
  }

  /** All lines so far, oldest first. */
  *[Symbol.iterator](): Generator<string> {
    this.flush()
    let rest = Buffer.alloc(0)
    for (let at = 0; at < this.#end; ) {
      const read = Buffer.alloc(Math.min(READ_BUFFER, this.#end - at))
      const got = readSync(this.#descriptor, read, 0, read.length, at)
      if (got === 0) return
      at += got
      const octets = Buffer.concat([rest, read.subarray(0, got)])
      let from = 0
      for (let to = octets.indexOf(NEWLINE); to >= 0; to = octets.indexOf(NEWLINE, from)) {
        yield octets.toString('utf8', from, to)
        from = to + 1
      }
      rest = octets.subarray(from)
    }
  }

  /** Writes what waits: now `refused` says whether the disk had room. */
  flush(): void {
    if (this.#waiting.length === 0) return
    const octets = Buffer.from(`${this.#waiting.join('\n')}\n`)
    try {
      if (this.#descriptor < 0) this.#descriptor = openSpillFile()
      for (let done = 0; done < octets.length; ) {
        done += writeSync(this.#descriptor, octets, done, octets.length - done, this.#end + done)
      }
      this.#end += octets.length
    } catch {
      // A full disk: these lines are lost, those before stay whole.
      this.length -= this.#waiting.length
      this.refused += this.#waiting.length
    }
    this.#waiting = []
    this.#waitingLength = 0
  }
}
