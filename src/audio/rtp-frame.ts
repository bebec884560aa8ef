/** The codec of a payload type, as its description names it (a=rtpmap, a=fmtp), or by RFC 3551 §6. */
export interface FrameCodec {
  /** As written; case does not matter. */
  readonly name: string
  /** Hz of the RTP timestamps. */
  readonly clockRate: number
  readonly channels?: number
  readonly fmtp?: string
}

/** An RTP packet in the clear, verified or never protected. */
export interface RtpFrame {
  /** Names what has one SSRC and one pair of endpoints. */
  readonly streamId: string
  /** Nothing for media that no signalling describes. */
  readonly callId?: string | undefined
  /** The side that sends; nothing counts as the caller. */
  readonly sender?: 'caller' | 'callee' | undefined
  /** Which m= line describes it: those of a side are heard together, as the streams of one are not. */
  readonly mediaIndex?: number | undefined
  /** Nothing where neither a description nor RFC 3551 says what the payload type is. */
  readonly codec?: FrameCodec | undefined
  readonly payloadType: number
  /** Of the capture, microseconds since 1970 UTC. */
  readonly timestampUs: number
  /** Extended by the rollover counter: it only rises (RFC 3711 §3.3.1). */
  readonly sequence: number
  /** 32 bits. */
  readonly rtpTimestamp: number
  /** Without padding. Holds until the call returns. */
  readonly payload: Uint8Array
}

/** A frame in the order of its stream. */
export interface OrderedFrame extends RtpFrame {
  /** Microseconds from the call's beginning to its capture. */
  readonly elapsedUs: number
}
