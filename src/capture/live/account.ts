import { userInfo } from 'node:os'

/** A user of this machine as whom a process that root began may go on. */
export interface Account {
  readonly name: string
  readonly uid: number
  /** Of the user's first group; the others are looked up by name. */
  readonly gid: number
}

/**
 * A user by name or number. Root alone may ask: the system tells a process about who it is, so it is that user for a moment,
 * and wherever the users of the machine are kept they are found.
 *
 * @throws where there is no such user
 */
export function accountOf(user: string | number): Account {
  process.seteuid?.(user)
  try {
    const { username, uid, gid } = userInfo()
    return { name: username, uid, gid }
  } finally {
    process.seteuid?.(0)
  }
}

/** Its types leave it out. */
const { initgroups } = process as { readonly initgroups?: (user: string, group: number) => void }

/**
 * The process goes on as that user, with its groups, in all its threads (setuid(3) of the C library, not of the kernel), and
 * cannot come back. Capabilities go with it (capabilities(7), "Effect of user ID changes").
 *
 * @throws where the system refuses it, or it was not for good
 */
export function giveUpRoot({ name, uid, gid }: Account): void {
  initgroups?.(name, gid)
  process.setgid?.(gid)
  process.setuid?.(uid)
  try {
    process.setuid?.(0)
  } catch {
    return
  }
  throw new Error(`root could not be given up for ${name}`)
}
