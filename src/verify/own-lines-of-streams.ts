import { ownLines, shareTransport } from '../media/own-lines.ts'
import { payloadTypesOf } from '../rtp/payload-types.ts'
import type { StreamTable } from '../rtp/stream-table.ts'
import type { JudgedStream } from './judged-stream.ts'
import type { StreamPlan } from './plan.ts'
import { senderOf } from './sender.ts'

/** Streams of m= lines that share a transport, each with the lines that it is of; RTCP goes with the RTP of its sender. */
export function onOwnLines(judged: readonly JudgedStream[], table: StreamTable): readonly JudgedStream[] {
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
    const lines = ownLines(binding.lines, { ssrc: stream.ssrc, payloadTypes })
    if (lines.length === binding.lines.length) return one
    return { ...one, plan: { ...one.plan, keying: { ...keying, binding: { ...binding, lines } } } }
  })
}

/** One line of an exchange is the stream's own. */
function sharesTransport({ keying: { binding } }: StreamPlan): boolean {
  return binding !== undefined && shareTransport(binding.lines)
}
