import type { Dialog } from './call.ts'
import type { SipMessage } from './message.ts'
import { copyText } from './message-summary.ts'

const MAX_DIALOGS = 64

interface OpenDialog {
  readonly fromTag: string
  readonly toTag: string
  state: Dialog['state']
}

/** The dialogs that the INVITEs of one Call-ID set up: one per To tag that answered (RFC 3261 §12.1, §13.2.2.4). */
export class DialogTable {
  readonly #dialogs: OpenDialog[] = []
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
  observeInviteResponse(message: SipMessage): void {
    const status = message.status ?? 0
    const toTag = message.to?.tag
    if (status <= 100 || status >= 300 || toTag === undefined) return
    const dialog = this.#find(message) ?? this.#open(message.from?.tag ?? '', toTag)
    if (!dialog || status < 200 || dialog.state !== 'early') return
    dialog.state = 'confirmed'
    this.#confirmed++
  }

  /** A BYE, from either side. One whose dialog was never seen to open counts as a dialog of its own. */
  observeBye(message: SipMessage): void {
    const dialog = this.#find(message) ?? this.#open(message.from?.tag ?? '', message.to?.tag ?? '')
    if (!dialog || dialog.state === 'terminated') return
    if (dialog.state === 'early') this.#confirmed++
    dialog.state = 'terminated'
    this.#terminated++
  }

  #find(message: SipMessage): OpenDialog | undefined {
    const from = message.from?.tag ?? ''
    const to = message.to?.tag ?? ''
    return this.#dialogs.find(
      ({ fromTag, toTag }) => (fromTag === from && toTag === to) || (fromTag === to && toTag === from),
    )
  }

  #open(fromTag: string, toTag: string): OpenDialog | undefined {
    if (this.#dialogs.length === MAX_DIALOGS) return undefined
    const dialog: OpenDialog = { fromTag: copyText(fromTag) ?? '', toTag: copyText(toTag) ?? '', state: 'early' }
    this.#dialogs.push(dialog)
    return dialog
  }
}
