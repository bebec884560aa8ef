import type { BoundLine } from '../../media/binding.ts'
import { OwnLines } from '../../media/own-lines.ts'
import { payloadTypesOf } from '../../rtp/payload-types.ts'
import type { StreamTable } from '../../rtp/stream-table.ts'
import type { JudgedStream } from './judged-stream.ts'
import type { StreamPlan } from './plan.ts'
import { senderOf } from './sender.ts'

/** Streams of m= lines that share a transport, each with the lines that it is of; RTCP goes with the RTP of its sender. */
export function onOwnLines(all: readonly JudgedStream[], table: StreamTable): readonly JudgedStream[] {
  if (!all.some(({ plan }) => (plan.keying.binding?.lines.length ?? 0) > 1)) return all
  const own = new OwnLines()
  const judged = all.map((one) => onLinesOfRtp(one, own))
  const sharesTransport = ({ keying: { binding } }: StreamPlan) =>
    binding !== undefined && own.shareTransport(binding.lines)
  if (!judged.some(({ plan }) => sharesTransport(plan))) return judged
  const typesOfSender = new Map<string, readonly number[]>()
  for (const { plan } of judged) {
    if (plan.stream.kind !== 'rtp' || !sharesTransport(plan)) continue
    typesOfSender.set(senderOf(plan), payloadTypesOf(table, plan.stream.id))
  }
  return judged.map((one) => {
    const { stream, keying } = one.plan
    const { binding } = keying
    if (binding === undefined || !sharesTransport(one.plan)) return one
    const payloadTypes = typesOfSender.get(senderOf(one.plan)) ?? []
    return withLines(one, own.of(binding.lines, { ssrc: stream.ssrc, payloadTypes }))
  })
}

function onLinesOfRtp(one: JudgedStream, own: OwnLines): JudgedStream {
  const { stream, keying } = one.plan
  return keying.binding === undefined ? one : withLines(one, own.ofRtp(keying.binding.lines, stream.firstPosition))
}

function withLines(one: JudgedStream, lines: readonly BoundLine[]): JudgedStream {
  const { keying } = one.plan
  if (keying.binding === undefined || lines.length === keying.binding.lines.length) return one
  return { ...one, plan: { ...one.plan, keying: { ...keying, binding: { ...keying.binding, lines } } } }
}
