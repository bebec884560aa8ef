import type { Dialog } from './call.ts'
import { grown } from './grown-list.ts'
import type { MessageFacts } from './message-facts.ts'

const MAX_DIALOGS = 64

interface OpenDialog {
  readonly fromTag: string
  readonly toTag: string
  state: Dialog['state']
}

/** The dialogs that the INVITEs of one Call-ID set up: one per To tag that answered (RFC 3261 §12.1, §13.2.2.4). */
export class DialogTable {
  #dialogs: readonly OpenDialog[] = []
  #confirmed = 0
  #terminated = 0

  get dialogs(): readonly Dialog[] {
    return this.#dialogs
  }

  /** True once every dialog that was confirmed has had its BYE. */
  get allTerminated(): boolean {
    return this.#terminated > 0 && this.#terminated >= this.#confirmed
  }

  /** A response to an INVITE: 101…199 with a To tag make an early dialog, 2xx a confirmed one (§12.1). */
  observeInviteResponse(message: MessageFacts): void {
    const status = message.status ?? 0
    if (status <= 100 || status >= 300 || message.toTag === undefined) return
    const dialog = this.#dialogOf(message)
    if (!dialog || status < 200 || dialog.state !== 'early') return
    dialog.state = 'confirmed'
    this.#confirmed++
  }

  /** A BYE, from either side. One whose dialog was never seen to open counts as a dialog of its own. */
  observeBye(message: MessageFacts): void {
    const dialog = this.#dialogOf(message)
    if (!dialog || dialog.state === 'terminated') return
    if (dialog.state === 'early') this.#confirmed++
    dialog.state = 'terminated'
    this.#terminated++
  }

  #dialogOf({ fromTag: from = '', toTag: to = '' }: MessageFacts): OpenDialog | undefined {
    const known = this.#dialogs.find(
      ({ fromTag, toTag }) => (fromTag === from && toTag === to) || (fromTag === to && toTag === from),
    )
    if (known !== undefined || this.#dialogs.length === MAX_DIALOGS) return known
    const dialog: OpenDialog = { fromTag: from, toTag: to, state: 'early' }
    this.#dialogs = grown(this.#dialogs, dialog)
    return dialog
  }
}
