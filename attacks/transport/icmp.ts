import { LIMITS } from '../../src/limits/limits.ts'
import type { TraceAttack } from '../attack.ts'
import { ipv4Frame } from '../frames.ts'
import { differing, framesMissing, told } from './checks.ts'
import { EPOCH_US } from './tcp-talk.ts'

const [ICMP, UDP] = [1, 17]
const [SENDER, RECEIVER] = [0xcb007101, 0xc6336402]
const ETHERNET = 14
const KEPT = LIMITS.icmpErrorRuns.most

/** Port unreachable (RFC 792), which quotes a datagram between two ports. */
function unreachable(from: number, to: number): Buffer {
  const ports = Buffer.alloc(8)
  ports.writeUInt16BE(from, 0)
  ports.writeUInt16BE(to, 2)
  const quoted = ipv4Frame(UDP, SENDER, RECEIVER, ports).subarray(ETHERNET)
  return ipv4Frame(ICMP, RECEIVER, SENDER, Buffer.concat([Buffer.from([3, 3, 0, 0, 0, 0, 0, 0]), quoted]))
}

export const ICMP_FLOOD: TraceAttack = {
  name: 'icmp-flood',
  title: 'ICMP errors of 36 octets, each about a flow of its own',
  against: 'signalling',
  write(writer, octets) {
    for (let n = 0; writer.octets < octets; n++) {
      writer.addFrame(EPOCH_US + n * 10, unreachable(n & 0xffff, 1024 + (n >>> 16)))
    }
  },
  missing(report, frames) {
    return [
      ...framesMissing(report, frames),
      ...differing('errors kept', report.icmpErrors?.length ?? 0, Math.min(frames, KEPT)),
      ...differing('errors forgotten', told(report, 'net', 'icmp-errors-forgotten'), Math.max(0, frames - KEPT)),
    ]
  },
}
