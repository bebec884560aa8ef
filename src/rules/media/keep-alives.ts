import type { AnalysedStream } from '../../model/analysis.ts'
import { RTP_HEADER_LENGTH } from '../../srtp/packet-layout.ts'

/** Whether a stream is nothing but RTP headers, which keep a NAT open (RFC 6263 §4.6): no media of any codec, and none to protect. */
export function isKeepAlive({ report: { kind, packets, bytes } }: AnalysedStream): boolean {
  return kind === 'rtp' && bytes <= packets * RTP_HEADER_LENGTH
}
