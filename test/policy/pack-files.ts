import { readdirSync, readFileSync } from 'node:fs'

const FOLDER = new URL('../../policies/', import.meta.url)

/** The packs as files, by name. */
export const PACK_FILES: Readonly<Record<string, unknown>> = Object.fromEntries(
  readdirSync(FOLDER).map((name) => [
    name.replace(/[.]json$/, ''),
    JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')),
  ]),
)
