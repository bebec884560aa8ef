import type { Difference } from './differences.ts'
import type { Facts } from './facts.ts'
import { FRAME_REASONS, frameReason } from './frame-reasons.ts'
import type { Reason } from './reason.ts'
import { notTaken, recount } from './stream-evidence.ts'
import type { TsharkFacts } from './tshark.ts'

interface Rule {
  readonly name: string
  readonly of: Difference['kind']
  /** What proves it in the facts; undefined where nothing does. */
  readonly proof: (difference: Difference, ours: Facts, theirs: TsharkFacts) => string | undefined
}

/** Packets that a stream must have, and hold together, where no signalling announces it (RFC 3550 A.1). */
const PROBATION = 4

const RULES: readonly Rule[] = [
  {
    name: 'stopped',
    of: 'frames',
    proof: ({ ours, theirs: read }, _, { stopped }) =>
      stopped !== undefined && read < ours ? `tshark reads no further: ${stopped}` : undefined,
  },
  {
    name: 'not-taken',
    of: 'packets',
    proof: ({ what, ours, theirs: taken }, _, theirs) => {
      const { frames, as } = notTaken(what, theirs.seen)
      if (ours - taken !== frames.length || frames.length === 0) return undefined
      return `tshark takes ${frames.length} datagrams for ${as.join(', ')}, first frame ${frames[0]}, though they have RTP's version and the SSRC`
    },
  },
  {
    name: 'no-stream',
    of: 'packets',
    proof: ({ what, ours, theirs: taken }, _, theirs) => {
      const lost = theirs.streams.get(what)?.lost ?? 0
      if (ours > 0 || !(taken < PROBATION || lost > taken)) return undefined
      return `nothing announces it, and its sequence numbers do not hang together: ${taken} packets, ${lost} lost`
    },
  },
  {
    name: 'copies',
    of: 'lost',
    proof: ({ what, ours, theirs: lost }, _, theirs) => {
      const { copies, early, firstFrame } = recount(what, theirs.seen)
      if (copies + early === 0 || ours - lost !== copies + early) return undefined
      const which = [
        copies > 0 ? `${copies} of its packets came before` : '',
        early > 0 ? `${early} came behind the first with a number below it` : '',
      ].filter(Boolean)
      return `${which.join(' and ')}, first frame ${firstFrame}, and tshark takes each such packet off what is lost`
    },
  },
  {
    name: 'wraps',
    of: 'lost',
    proof: ({ what, ours, theirs: lost }, _, theirs) => {
      const { lost: recounted, copies, early, wraps } = recount(what, theirs.seen)
      const tooMany = lost + copies + early - ours
      if (wraps === 0 || recounted !== ours || tooMany === 0 || tooMany % 0x10000 !== 0) return undefined
      return `its sequence numbers wrap, which tshark counts ${Math.abs(tooMany) / 0x10000} times too often or too seldom: by the numbers that it shows, ${recounted} are missing (RFC 3550 A.3)`
    },
  },
  {
    name: 'other-packets',
    of: 'lost',
    proof: ({ what, ours, theirs: lost }, own, theirs) => {
      const [a, b] = [own.streams.get(what)?.packets, theirs.streams.get(what)?.packets]
      return a === undefined || b === undefined || a - b !== lost - ours
        ? undefined
        : `tshark has ${a - b} packets less of it, and takes them for lost`
    },
  },
]

/** Why it is so; undefined where nothing in the facts proves any reason. */
export function reasonOf(difference: Difference, ours: Facts, theirs: TsharkFacts): Reason | undefined {
  if (difference.kind === 'sip') return frameReason(FRAME_REASONS, difference, theirs.seen)
  for (const { name, of, proof } of RULES) {
    if (of !== difference.kind) continue
    const text = proof(difference, ours, theirs)
    if (text !== undefined) return { rule: name, text }
  }
  return undefined
}
