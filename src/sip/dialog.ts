import { LIMITS, type OnLimit } from '../limits/limits.ts'
import type { Dialog } from './call.ts'
import type { MessageContext } from './context.ts'
import type { MessageFacts } from './message-facts.ts'

const MAX_DIALOGS = LIMITS.dialogsOfCall.most

/** A dialog while it goes on; those of one Call-ID are linked, for nearly every call has one. */
export interface OpenDialog extends Dialog {
  state: Dialog['state']
  readonly earlier: OpenDialog | undefined
}

/** The dialogs that the INVITEs of one Call-ID set up: one per To tag that answered (RFC 3261 §12.1, §13.2.2.4). */
export function dialogsUpTo(last: OpenDialog | undefined): Dialog[] {
  const dialogs: Dialog[] = []
  for (let each = last; each !== undefined; each = each.earlier) {
    const { fromTag, toTag, state } = each
    dialogs.push({ fromTag, toTag, state })
  }
  return dialogs.reverse()
}

/** True once every dialog that was confirmed has had its BYE, or was none any more to the peer where another one had. */
export function allTerminated(last: OpenDialog | undefined): boolean {
  let terminated = false
  for (let each = last; each !== undefined; each = each.earlier) {
    if (each.state === 'confirmed') return false
    if (each.state === 'terminated') terminated = true
  }
  return terminated
}

/**
 * After a response to an INVITE, the last of the dialogs: 101…199 with a To tag make an early dialog, 2xx a confirmed one
 * (§12.1).
 */
export function afterInviteResponse(
  last: OpenDialog | undefined,
  message: MessageFacts,
  context: MessageContext,
  onLimit: OnLimit,
): OpenDialog | undefined {
  const { status = 0, toTag } = message
  if (status <= 100 || status >= 300 || toTag === undefined) return last
  const { dialog, latest } = dialogOf(last, message, context, onLimit)
  if (status >= 200 && (dialog?.state === 'early' || dialog?.state === 'unknown')) dialog.state = 'confirmed'
  return latest
}

/** After a BYE, from either side, or its answer, the same. One whose dialog was never seen to open counts as a dialog of its own. */
export function afterBye(
  last: OpenDialog | undefined,
  message: MessageFacts,
  context: MessageContext,
  onLimit: OnLimit,
): OpenDialog | undefined {
  const { dialog, latest } = dialogOf(last, message, context, onLimit)
  if (dialog !== undefined) dialog.state = 'terminated'
  return latest
}

/**
 * After a 481 to a request within a dialog the peer has none: whoever asked ends it without another word, or calls anew under
 * the same Call-ID (§12.2.1.2). Until then the call counts as it did.
 */
export function afterUnknown(last: OpenDialog | undefined, { fromTag, toTag }: MessageFacts): void {
  for (let each = last; each !== undefined; each = each.earlier) {
    if (each.state === 'confirmed' && isOf(each, fromTag, toTag)) each.state = 'unknown'
  }
}

function isOf({ fromTag, toTag }: Dialog, from: string | undefined, to: string | undefined): boolean {
  return (fromTag === from && toTag === to) || (fromTag === to && toTag === from)
}

/** A message's dialog, opened where it is new, and the last of all. */
function dialogOf(
  last: OpenDialog | undefined,
  { fromTag: from = '', toTag: to = '' }: MessageFacts,
  { at }: MessageContext,
  onLimit: OnLimit,
) {
  let count = 0
  for (let each = last; each !== undefined; each = each.earlier) {
    if (isOf(each, from, to)) return { dialog: each, latest: last }
    count++
  }
  if (count === MAX_DIALOGS) {
    onLimit('dialogsOfCall', at)
    return { dialog: undefined, latest: last }
  }
  const opened: OpenDialog = { fromTag: from, toTag: to, state: 'early', earlier: last }
  return { dialog: opened, latest: opened }
}
