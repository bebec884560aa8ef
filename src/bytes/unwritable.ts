/** What would be right, by what the system says. */
const INSTEAD: Readonly<Record<string, string>> = {
  EACCES: 'no permission: name another place',
  EDQUOT: 'the quota is used up: make room, or name another place',
  EEXIST: 'a file has that name where a folder is wanted',
  EFBIG: 'it would be larger than the system allows (ulimit -f)',
  EISDIR: 'it is a folder: name a file',
  ENOENT: 'its folder is not there: make it, or name another place',
  ENOSPC: 'no space is left: make room, or name another place',
  ENOTDIR: 'a file has the name of its folder',
  EROFS: 'the file system is read-only: name another place',
}

/** What the file system says of a file that was to be written, for a line that begins with its path. */
export function unwritable(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException
  const instead = INSTEAD[code ?? '']
  return `cannot be written (${code ?? message})${instead === undefined ? '' : `; ${instead}`}`
}
