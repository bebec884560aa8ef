import { readFile, stat } from 'node:fs/promises'

/** Larger than any list of keys or policy is: what is larger is another kind of file. */
const MAX_BYTES = 64 << 20

/** What keeps a file from being read, by what the system says. */
const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'is a directory; a file is wanted',
  EACCES: 'cannot be read (EACCES: permission denied)',
}

/** Has the octets of a small file by its path. @throws TextFileError with one clear line where it cannot */
export type ReadSmallFile = (path: string) => Promise<Buffer>

/**
 * Reads a small text file whole.
 *
 * @throws TextFileError with one clear line where it cannot be read or is too large
 */
export async function readTextFile(path: string, read?: ReadSmallFile): Promise<string> {
  const octets = await (read ?? readSmallFile)(path)
  const text = textOf(octets)
  // It may hold keys. What another reader has may be wanted again.
  if (read === undefined) octets.fill(0)
  return text
}

/** PowerShell's `>` writes UTF-16, and others a byte order mark in front of UTF-8 (RFC 2781 §3.2, RFC 3629 §6). */
function textOf(octets: Buffer): string {
  const text = octets[0] === 0xff && octets[1] === 0xfe ? octets.toString('utf16le') : octets.toString('utf8')
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

/** The same for octets. @throws TextFileError */
export async function readSmallFile(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path)
    if (size > MAX_BYTES) throw new TextFileError(`${path}: ${size} octets, ${MAX_BYTES} at most`)
    return await readFile(path)
  } catch (cause) {
    if (cause instanceof TextFileError) throw cause
    const code = (cause as NodeJS.ErrnoException).code
    throw new TextFileError(`${path}: ${WHY[code ?? ''] ?? `cannot be read (${code})`}`, cause)
  }
}

export class TextFileError extends Error {
  readonly code = 'SRTP_SCAN_FILE'

  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'TextFileError'
  }
}
