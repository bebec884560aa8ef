import type { Growing } from '../../bytes/growing.ts'
import { LIMITS, type OnLimit } from '../../limits/limits.ts'
import type { MessageContext } from '../context.ts'
import type { MessageFacts } from '../message-facts.ts'
import { parseUri } from '../uri.ts'
import { FRAMES, type InviteTarget } from './facts.ts'
import { Recent } from './recent.ts'

const MOST_KEPT = LIMITS.inviteTargets.most
/** Calls whose INVITE has no final response yet. */
const MOST_OPEN = LIMITS.openInvites.most

type Kept = Growing<InviteTarget>

interface Open {
  readonly kept: Kept
  tried: boolean
}

/** Where INVITEs outside of dialogs were addressed to, and whether they were answered. */
export class InviteTargets {
  readonly #kept = new Map<string, Kept>()
  readonly #open = new Recent<Open>(MOST_OPEN)
  readonly #onLimit: OnLimit

  constructor(onLimit: OnLimit) {
    this.#onLimit = onLimit
  }

  request(message: MessageFacts, context: MessageContext, isFirstOfCall: boolean): void {
    const { requestUri } = message
    if (message.toTag !== undefined || requestUri === undefined) return
    const key = keyOf(requestUri, context, isFirstOfCall)
    let kept = this.#kept.get(key)
    if (kept === undefined) {
      if (this.#kept.size >= MOST_KEPT) {
        this.#onLimit('inviteTargets', context.at)
        return
      }
      kept = targetOf(requestUri, context, isFirstOfCall)
      if (kept === undefined) return
      this.#kept.set(key, kept)
    }
    kept.invites++
    if (kept.at.length < FRAMES) kept.at.push(context.at)
    if (!isFirstOfCall) return
    const gone = this.#open.set(message.callId, { kept, tried: false })
    if (gone !== undefined) this.#onLimit('openInvites', context.at)
  }

  response({ callId, status = 0 }: MessageFacts): void {
    const open = this.#open.get(callId)
    if (open === undefined) return
    const { kept } = open
    if (status === 403) kept.forbidden++
    else if (status > 100) kept.answers++
    else if (!open.tried) {
      // Each hop of a call has a 100 of its own (RFC 3261 §16.2).
      open.tried = true
      kept.tryings++
    }
    if (status >= 200) this.#open.delete(callId)
  }

  list(): readonly InviteTarget[] {
    return [...this.#kept.values()]
  }
}

/** Whom it is for in all but the number: what stands before the @ counts by its parameters only. */
function keyOf(uri: string, { source, destination, transport }: MessageContext, isFirst: boolean): string {
  const at = uri.lastIndexOf('@')
  const semicolon = uri.indexOf(';')
  const user = semicolon >= 0 && semicolon < at ? uri.slice(semicolon, at) : ''
  const rest = at < 0 ? uri : uri.slice(0, uri.indexOf(':') + 1) + user + uri.slice(at)
  return `${source.address} ${destination.address} ${transport} ${isFirst} ${rest}`
}

function targetOf(
  text: string,
  { source, destination, transport }: MessageContext,
  firstOfCall: boolean,
): Kept | undefined {
  const uri = parseUri(text)
  if (uri === undefined || uri.host === '') return undefined
  return {
    transport,
    source: source.address,
    destination: destination.address,
    scheme: uri.scheme,
    host: uri.host,
    uriTransport: uri.params.get('transport')?.toLowerCase(),
    parameters: [...userParameters(uri.user), ...uri.params.keys()],
    firstOfCall,
    invites: 0,
    answers: 0,
    tryings: 0,
    forbidden: 0,
    at: [],
  }
}

/** RFC 4904 §5: tgrp and trunk-context stand in the user part, as parameters of the telephone number. */
function userParameters(user = ''): string[] {
  return user
    .split(';')
    .slice(1)
    .map((parameter) => parameter.split('=')[0].toLowerCase())
}
