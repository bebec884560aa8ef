import { type ReadSmallFile, readTextFile } from '../capture/text-file.ts'
import { type KeyEntry, parseKeys } from '../srtp/keys-file.ts'

/** Overwrites the keys of entries, when nobody asks for them any more. */
export function wipeEntries(entries: readonly KeyEntry[]): void {
  for (const { master } of entries) {
    master.masterKey.fill(0)
    master.masterSalt.fill(0)
  }
}

/** The entries of all key files, in order. @throws KeysError naming file and entry; TextFileError */
export async function readKeyFiles(paths: readonly string[], read?: ReadSmallFile): Promise<KeyEntry[]> {
  const entries: KeyEntry[] = []
  for (const path of paths) entries.push(...parseKeys(await readTextFile(path, read), path))
  return entries
}
