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
  const { pairs, ours, theirs } = paired(onlyOurs, onlyTheirs, seen)
  const places = [
    ...ours.map((frame) => ({ frame, of: 'ours' as const })),
    ...theirs.map((frame) => ({ frame, of: 'theirs' as const })),
  ]
  const framesOf = new Map<FrameReason, number[]>()
  for (const { frame, of } of places) {
    const at = seen[frame - 1]
    const reason = at && table.find((one) => one.of === of && one.holds(at))
    if (reason === undefined) return undefined
    framesOf.set(reason, [...(framesOf.get(reason) ?? []), frame])
  }
  const reasons = [...framesOf]
  const texts = reasons.map(([{ text }, frames]) => `${framesText(frames)}: ${text}`)
  const moved = pairs.map(([here, there]) => `it ends in frame ${here} here and in frame ${there} in tshark`)
  return {
    rule: [...(pairs.length > 0 ? ['other-frame'] : []), ...reasons.map(([{ name }]) => name)].join(', '),
    text: [...moved.slice(0, MOST), ...texts].join('; '),
  }
}

/** Messages that both have of one direction of a TCP connection, each in another frame of it; and what is left. */
function paired(onlyOurs: readonly number[], onlyTheirs: readonly number[], seen: readonly SeenFrame[]) {
  const theirs = [...onlyTheirs]
  const pairs: (readonly [ours: number, theirs: number])[] = []
  const ours = onlyOurs.filter((here) => {
    const at = theirs.findIndex((there) => isOneConnection(seen[here - 1], seen[there - 1]))
    if (at < 0) return true
    pairs.push([here, ...theirs.splice(at, 1)] as [number, number])
    return false
  })
  return { pairs, ours, theirs }
}

function isOneConnection(a: SeenFrame | undefined, b: SeenFrame | undefined): boolean {
  if (a === undefined || b === undefined || !a.protocols.includes('tcp') || !b.protocols.includes('tcp')) return false
  return a.source === b.source && a.destination === b.destination
}

const MOST = 6

function framesText(frames: readonly number[]): string {
  const more = frames.length > MOST ? ', …' : ''
  return `in frame${frames.length === 1 ? '' : 's'} ${frames.slice(0, MOST).join(', ')}${more}`
}
