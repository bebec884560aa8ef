import type { Explanation } from '../verify/explainer.ts'
import type { JudgedStream } from '../verify/judge.ts'

/** Why a stream does not verify, in plain words; nothing where it does, or where nobody can say. */
export function explanationText({
  plan,
  verdict,
  explanation,
}: JudgedStream): { kind: string; text: string; keyFingerprint?: string } | undefined {
  const sender = plan.stream.source
  if (explanation !== undefined) {
    return {
      kind: explanation.kind,
      text: `${sender} sends ${SENTENCE[explanation.kind](explanation)}`,
      keyFingerprint: explanation.key.fingerprint,
    }
  }
  const agreedToProtect = plan.keying.keying !== 'none'
  if (verdict.plain > 0 && agreedToProtect && plan.stream.kind === 'rtp') {
    return { kind: 'wire-plain-rtp', text: `${sender} sends RTP in the clear although protection was agreed` }
  }
  return undefined
}

const SENTENCE: Readonly<Record<Explanation['kind'], (explanation: Explanation) => string>> = {
  'wire-other-key': ({ owner }) => `with the key it gave as tag ${owner.tag}, which is not the one that was chosen`,
  'wire-other-direction-key': ({ owner }) => `with its peer's key (tag ${owner.tag}) instead of its own`,
  'wire-stale-key': () => 'with the key of an earlier offer or answer of this call',
  'wire-early-key': () => 'with the key of a later offer or answer of this call',
  'wire-other-call-key': ({ owner }) =>
    owner.callId !== undefined
      ? `with a key that belongs to call ${owner.callId}`
      : `with a key from the keys file${owner.label !== undefined ? ` (${owner.label})` : ''} that nobody agreed on`,
}
