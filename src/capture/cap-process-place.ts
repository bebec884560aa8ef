import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The file that captures through cap in a process of its own (live/cap-process.ts). */
export function capProcessPlace(): string {
  return fileURLToPath(new URL(`../../workers/capture${extname(import.meta.url)}`, import.meta.url))
}
