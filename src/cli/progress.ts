import type { Progress } from '../scan/analyse-captures.ts'

const EVERY_MS = 200
const MIB = 1 << 20
const NARROW = 80
/** To the beginning of the line, which is empty then. */
export const ANEW = '\r\u001b[K'

/** A line on a terminal's standard error that is written anew, now and then. */
export class StatusLine {
  readonly #startedMs = performance.now()
  #shownMs = 0
  #shown = false

  /** @param text asked for where the line is due, with the seconds since it began */
  show(text: (seconds: number) => string): void {
    const now = performance.now()
    if (now - this.#shownMs < EVERY_MS) return
    this.#shownMs = now
    this.#shown = true
    // What a terminal breaks into two lines cannot be written anew.
    const room = (process.stderr.columns || NARROW) - 1
    process.stderr.write(ANEW + text((now - this.#startedMs) / 1000).slice(0, room))
  }

  clear(): void {
    if (this.#shown) process.stderr.write(ANEW)
    this.#shown = false
  }
}

/** Says how far the scan is, how fast, and how long it will take. */
export class ProgressLine {
  readonly #line = new StatusLine()

  readonly show = (progress: Progress): void => {
    this.#line.show((seconds) => progressText(progress, seconds))
  }

  clear(): void {
    this.#line.clear()
  }
}

/** `42 %, 310 MB/s, 3 s left`, or what was read and how fast where the end is not known. */
export function progressText({ bytesDone, bytesTotal }: Progress, seconds: number): string {
  const rate = bytesDone / MIB / Math.max(seconds, 1e-3)
  const speed = `${rate.toFixed(0)} MB/s`
  if (bytesTotal === undefined || bytesTotal === 0) return `${(bytesDone / MIB).toFixed(0)} MB read, ${speed}`
  const share = Math.min(1, bytesDone / bytesTotal)
  const left = share > 0 ? (seconds * (1 - share)) / share : 0
  return `${Math.floor(share * 100)} %, ${speed}, ${Math.ceil(left)} s left`
}
