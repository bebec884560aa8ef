import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Account, accountOf, giveUpRoot } from '../capture/live/account.ts'
import { UsageError } from '../scan/usage-error.ts'

const isRoot = (): boolean => process.geteuid?.() === 0

/**
 * As whom a live scan goes on once its sources are open (docs/decisions/security.md): --user, else who called sudo. `root`
 * where nobody is named, undefined where it stays who it is by choice or has no choice.
 *
 * @throws UsageError
 */
export function userOfLive(user: string | undefined, env = process.env): Account | 'root' | undefined {
  if (!isRoot()) {
    if (user === undefined) return undefined
    throw new UsageError(`--user ${user}: only root can go on as another user; leave it out`)
  }
  const wanted = user ?? env.SUDO_UID
  if (wanted === undefined) return 'root'
  try {
    const account = accountOf(/^\d+$/.test(wanted) ? Number(wanted) : wanted)
    return account.uid === 0 ? undefined : account
  } catch (cause) {
    const option = user === undefined ? `SUDO_UID=${wanted}` : `--user ${user}`
    throw new UsageError(`${option}: there is no such user; --user NAME names one, --user root stays root`, cause)
  }
}

/**
 * Goes on as that user, and returns a line that says so. What is opened by its name from now on, key files and reports
 * too, is opened as that user.
 *
 * @throws UsageError where that cannot be done
 */
export function becomeUser(account: Account | 'root' | undefined): string | undefined {
  if (account === undefined) return undefined
  if (account === 'root') return 'stays root; --user NAME goes on as NAME once the sources are open'
  const { name, uid } = account
  try {
    giveUpRoot(account)
  } catch (cause) {
    throw new UsageError(`root cannot be given up for ${name} (${(cause as Error).message})`, cause)
  }
  // Parts of the program are loaded as they are needed.
  const own = fileURLToPath(import.meta.url)
  try {
    closeSync(openSync(own, 'r'))
  } catch (cause) {
    throw new UsageError(`${own}: the program lies where ${name} may not read it; install it elsewhere`, cause)
  }
  return `goes on as ${name} (uid ${uid}), root is given up`
}
