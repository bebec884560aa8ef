import type { Facts, SipMessage } from './facts.ts'

/** Something that the two state otherwise. */
export interface Difference {
  readonly kind: 'frames' | 'sip' | 'packets' | 'lost' | 'tls'
  /** The method or status, the stream, the server with its version; '' for frames. */
  readonly what: string
  readonly ours: number
  readonly theirs: number
  /** Of SIP: frames in which only one of the two has such a message, as often as it has more of them. */
  readonly onlyOurs?: readonly number[]
  readonly onlyTheirs?: readonly number[]
}

/** What is not the same, in the order of the facts. */
export function differences(ours: Facts, theirs: Facts): Difference[] {
  const frames: Difference = { kind: 'frames', what: '', ours: ours.frames, theirs: theirs.frames }
  const found = [
    frames,
    ...sipDifferences(ours.sip, theirs.sip),
    ...byName(ours.streams, theirs.streams).flatMap(({ what, ours: own, theirs: other }): Difference[] => [
      { kind: 'packets', what, ours: own?.packets ?? 0, theirs: other?.packets ?? 0 },
      // A stream that only one of them has is one difference.
      ...(own === undefined || other === undefined
        ? []
        : [{ kind: 'lost' as const, what, ours: own.lost, theirs: other.lost }]),
    ]),
    ...byName(ours.tls, theirs.tls).map(
      ({ what, ours: own = 0, theirs: other = 0 }): Difference => ({ kind: 'tls', what, ours: own, theirs: other }),
    ),
  ]
  return found.filter((one) => one.ours !== one.theirs || one.onlyOurs?.length || one.onlyTheirs?.length)
}

function byName<T>(ours: ReadonlyMap<string, T>, theirs: ReadonlyMap<string, T>) {
  const names = new Set([...ours.keys(), ...theirs.keys()])
  return [...names].map((what) => ({ what, ours: ours.get(what), theirs: theirs.get(what) }))
}

/** Messages of one label, held against each other frame by frame. */
function sipDifferences(ours: readonly SipMessage[], theirs: readonly SipMessage[]): Difference[] {
  const [own, other] = [ours, theirs].map(framesByLabel)
  return byName(own, other).map(({ what, ours: a = [], theirs: b = [] }) => ({
    kind: 'sip',
    what,
    ours: a.length,
    theirs: b.length,
    onlyOurs: without(a, b),
    onlyTheirs: without(b, a),
  }))
}

function framesByLabel(messages: readonly SipMessage[]): Map<string, number[]> {
  const frames = new Map<string, number[]>()
  for (const { frame, label } of messages) {
    const known = frames.get(label)
    if (known === undefined) frames.set(label, [frame])
    else known.push(frame)
  }
  return frames
}

/** What of a list is left when each element of another has taken one like it away. */
function without(list: readonly number[], taken: readonly number[]): number[] {
  const counts = new Map<number, number>()
  for (const one of taken) counts.set(one, (counts.get(one) ?? 0) + 1)
  return list.filter((one) => {
    const left = counts.get(one) ?? 0
    counts.set(one, left - 1)
    return left <= 0
  })
}
