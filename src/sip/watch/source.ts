import { keptIn } from '../../bytes/kept-in.ts'
import { LIMITS } from '../../limits/limits.ts'
import { InviteRate } from './invite-rate.ts'
import { PasswordTries } from './password-tries.ts'
import { Probes } from './probes.ts'

const MOST_ACCOUNTS = LIMITS.accountsOfSource.most

/** What one source does, as far as it may be no good. */
export class Source {
  readonly rate = new InviteRate()
  readonly probes = new Probes()
  readonly tries = new Map<string, PasswordTries>()

  reset(): void {
    this.rate.reset()
    this.probes.reset()
    this.tries.clear()
  }

  /** Undefined for one account too many. */
  triesFor(account: string): PasswordTries | undefined {
    return keptIn(this.tries, account, MOST_ACCOUNTS, () => new PasswordTries())
  }
}
