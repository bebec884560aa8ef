import { nearest } from '../bytes/nearest.ts'
import { type ReadSmallFile, readTextFile } from '../capture/text-file.ts'
import { isPackName, PACK_NAMES } from '../policy/pack-names.ts'
import { packOf } from '../policy/packs.ts'
import { type PolicyDocument, parsePolicy } from '../policy/policy-document.ts'
import { UsageError } from './usage-error.ts'

/**
 * The policies of a list of names and files, in order. A name is a pack's before it is a file's.
 *
 * @throws UsageError for what is neither, PolicyError naming file and place, TextFileError
 */
export async function readPolicies(named: readonly string[], read?: ReadSmallFile): Promise<PolicyDocument[]> {
  const documents: PolicyDocument[] = []
  for (const name of named) documents.push(await readOne(name, read))
  return documents
}

async function readOne(name: string, read?: ReadSmallFile): Promise<PolicyDocument> {
  if (isPackName(name)) return packOf(name)
  try {
    return parsePolicy(await readTextFile(name, read), name)
  } catch (error) {
    const noFile = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
    if (!noFile || /[./\\]/.test(name)) throw error
    const near = nearest(name, PACK_NAMES)
    const hint = near === undefined ? '' : `${near} is the nearest; `
    throw new UsageError(`--policy ${name}: no such policy and no such file; ${hint}packs are ${PACK_NAMES.join(', ')}`)
  }
}
