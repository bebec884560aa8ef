import type { Difference } from './differences.ts'
import type { Reason } from './reason.ts'
import type { SeenFrame } from './seen-frame.ts'

/** Why one program has a message in a frame where the other has none. */
export interface FrameReason {
  readonly name: string
  /** Who has the message. */
  readonly of: 'ours' | 'theirs'
  readonly holds: (frame: SeenFrame) => boolean
  /** What it means, after `in frame 7`. */
  readonly text: string
}

export const FRAME_REASONS: readonly FrameReason[] = [
  {
    name: 'cut',
    of: 'ours',
    holds: ({ isCut, protocols }) => isCut && !protocols.includes('sip'),
    text: 'the snap length cuts the message, and tshark shows none whose header is not whole',
  },
  {
    name: 'not-taken',
    of: 'ours',
    holds: ({ hasSipOctets }) => hasSipOctets,
    text: 'tshark takes the datagram for something else, though it begins with the first line of a SIP message',
  },
  {
    name: 'quoted',
    of: 'theirs',
    holds: ({ isQuoted }) => isQuoted,
    text: 'an ICMP error quotes the message (RFC 792), which was sent in another frame',
  },
]

/** A reason for every frame in which only one of the two has a message; undefined where any has none. */
export function frameReason(
  table: readonly FrameReason[],
  { onlyOurs = [], onlyTheirs = [] }: Difference,
  seen: readonly SeenFrame[],
): Reason | undefined {
  const places = [
    ...onlyOurs.map((frame) => ({ frame, of: 'ours' as const })),
    ...onlyTheirs.map((frame) => ({ frame, of: 'theirs' as const })),
  ]
  const framesOf = new Map<FrameReason, number[]>()
  for (const { frame, of } of places) {
    const at = seen[frame - 1]
    const reason = at && table.find((one) => one.of === of && one.holds(at))
    if (reason === undefined) return undefined
    framesOf.set(reason, [...(framesOf.get(reason) ?? []), frame])
  }
  const reasons = [...framesOf]
  return {
    rule: reasons.map(([{ name }]) => name).join(', '),
    text: reasons.map(([{ text }, frames]) => `${framesText(frames)}: ${text}`).join('; '),
  }
}

const MOST = 6

function framesText(frames: readonly number[]): string {
  const more = frames.length > MOST ? ', …' : ''
  return `in frame${frames.length === 1 ? '' : 's'} ${frames.slice(0, MOST).join(', ')}${more}`
}
