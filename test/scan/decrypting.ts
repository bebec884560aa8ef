import type { RtpFrame } from '../../src/audio/rtp-frame.ts'
import type { Report } from '../../src/model/report.ts'
import type { ClearFrame } from '../../src/scan/clear-frame.ts'
import { type Decrypted, type DecryptOptions, decryptCaptures } from '../../src/scan/decrypt.ts'

/** What was handed on, copied. */
export interface Heard {
  readonly decrypted: Decrypted
  readonly frames: ClearFrame[]
  readonly rtp: RtpFrame[]
}

export async function decrypting(options: Omit<DecryptOptions, 'sinks'>): Promise<Heard> {
  const frames: ClearFrame[] = []
  const rtp: RtpFrame[] = []
  const sink = {
    onFrame: (frame: ClearFrame) => void frames.push({ ...frame, data: new Uint8Array(frame.data) }),
    onRtp: (frame: RtpFrame) => void rtp.push({ ...frame, payload: new Uint8Array(frame.payload) }),
  }
  return { decrypted: await decryptCaptures({ ...options, sinks: [sink] }), frames, rtp }
}

/** The counts of a report's streams, as decryption counts them. */
export function countsOf({ streams }: Pick<Report, 'streams'>): Counts {
  const sum = (of: (stream: Report['streams'][number]) => number) => streams.reduce((total, one) => total + of(one), 0)
  return {
    verified: sum(({ verified }) => verified),
    failed: sum(({ failed }) => failed),
    unverified: sum(({ unverified }) => unverified),
    plain: sum(({ plain }) => plain),
  }
}

export interface Counts {
  readonly verified: number
  readonly failed: number
  readonly unverified: number
  readonly plain: number
}

/** The same of what was decrypted and left out. */
export function countsOfDecrypted({ decrypted, unproven, failed, unverified, plain }: Decrypted): Counts {
  const total = (counts: Decrypted['decrypted']) => [...counts.values()].reduce((n, { rtp, rtcp }) => n + rtp + rtcp, 0)
  return {
    verified: total(decrypted),
    failed,
    unverified: unverified + total(unproven),
    plain: plain.rtp + plain.rtcp,
  }
}
