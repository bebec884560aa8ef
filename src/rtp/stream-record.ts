import { LIMITS } from '../limits/limits.ts'

/**
 * One stream's record in the shared stream table, in words of 4 octets (I) and of 8 (F) over the same memory. What
 * every packet touches stands in the first four cache lines of 64 octets: with a hundred thousand streams each line is
 * a miss. The kernel takes its offsets from here (scripts/kernel-layout.ts).
 */

/** Float64 fields: index in 8-octet words. */
export const F = {
  LastPosition: 8,
  LastTimeUs: 9,
  LastFrame: 10,
  Bytes: 11,
  /** Arrival of the packet that the jitter was last updated with, µs. */
  JitterArrivalUs: 12,
  /** Sum of the gaps between packets that are short enough to be talk, µs. */
  TalkUs: 13,
  /** 1 + the position from which on the packets are left to the second pass; 0 while there is none. Commit turn only. */
  DeferFrom: 18,
  /** 1 + the position from which on `I.Key` may no longer be what was agreed; 0 while there is none. Main thread only. */
  KeyUntil: 19,
  /** As DeferFrom, for a packet that came in IP fragments. Token only. */
  ReassembledFrom: 20,
  /** Jitter in µs and the greatest so far, a pair for every slot of clock-rates.ts: JITTER_STRIDE apart. */
  Jitter: 25,
  MaxJitter: 26,
  FirstPosition: 57,
  FirstTimeUs: 58,
  FirstFrame: 59,
} as const

/** From one clock rate's jitter to the next one's. */
export const JITTER_STRIDE = 2

/** How many frame numbers are kept to show. */
export const FRAMES_KEPT = 20

/** Int32 fields: index in 4-octet words. */
export const I = {
  /** The identity: the first twelve words are what a stream is found by. */
  Ssrc: 0,
  /** Source port in the upper, destination port in the lower half. */
  Ports: 1,
  Kind: 2,
  /** In the lower half; in the upper half which way through a TURN server it takes, or 0 (src/net/turn.ts). */
  AddressLength: 3,
  /** 4 words each, zeros behind an IPv4 address. */
  SourceAddress: 4,
  DestinationAddress: 8,
  /** Number in the key table; NO_KEYING where a session without keying names the stream; 0 while nothing is known. Main thread, above the watermark. */
  Key: 12,
  Packets: 13,
  /** Sequence state (RFC 3550 A.1), relative to the first packet: extended numbers are cycles * 65536 + sequence. */
  HighestSequence: 14,
  LastRtpTimestamp: 15,
  /** 128 bits: which of the sequence numbers up to the highest were seen. */
  SeenWindow: 28,
  /** 1 + the payload type of the last packet. */
  LastPayloadType: 32,
  /** 1 + the stream whose packet came behind this one's last time; 0 for none. Token only. */
  Next: 33,
  /** Of a stream that is cut (stream-cuts.ts) where in the list of cuts its next is, and where those of its identity end. Token only. */
  NextCut: 34,
  EndOfCuts: 35,
  /** Verdicts of the first pass. */
  Verified: 42,
  LastRoc: 43,
  /** Highest packet index that verified, as ROC and sequence number (RFC 3711 §3.3.1). */
  AuthenticatedRoc: 44,
  AuthenticatedSequence: 45,
  /** 1 + the sequence number that would confirm a jump; 0 while there is none. */
  JumpTo: 46,
  Duplicates: 47,
  /** Packets whose payload was sampled, see payload-randomness.ts. */
  Sampled: 48,
  LastCapture: 49,
  BaseSequence: 78,
  /** Packets expected before the last confirmed jump. */
  ExpectedBefore: 79,
  /** Ring of 16 recent packets: sequence number and identity in one word, low word of the arrival in µs in the next. */
  Recent: 80,
  CaptureDuplicates: 112,
  Reordered: 113,
  Plain: 120,
  Cut: 121,
  FirstRoc: 122,
  ShortTags: 123,
  /** Packets seen while the stream's session had no keying. */
  Unkeyed: 124,
  /** RTCP packets that are whole compound packets in the clear. */
  PlainLooking: 125,
  /** Payload statistics of the first packets. */
  Histogram: 126,
  FirstOctet: 142,
  FirstOctetSame: 143,
  FirstCapture: 144,
  /** The first FRAMES_KEPT frames counted as Plain. */
  PlainFrames: 145,
  /** 128 bits, one per payload type seen. */
  PayloadTypes: 165,
  /** Numbers passed over in a silence, and in leaps faster than any source: they may never have been sent. */
  LostInSilence: 169,
  LostInLeap: 170,
  /** The most numbers missing at once (some may have come late): how many, the packet behind them, and how long it took. */
  HoleLost: 171,
  HoleFrame: 172,
  HoleCapture: 173,
  HoleMs: 174,
  /** PAYLOAD_TYPE_USES entries, see payload-type-use.ts. */
  PayloadTypeUses: 175,
  /** PROBES packets of PROBE_WORDS words each: extended sequence number, digest of the first payload octets, frame; without a frame empty. */
  Probes: 190,
  /** 1 + the first probed sequence number that came again with other octets, 0 for none, and the frames of the two packets. */
  Rewritten: 214,
  RewrittenFrames: 215,
  /** How many streams came before it in the whole trace. */
  Serial: 217,
  /** Address of its steps (timelines.ts), 0 where none are kept; and the numbers that are missing so far. */
  Timeline: 218,
  Missing: 219,
  /** SRTCP packets whose E bit says that they are not encrypted (RFC 3711 §3.4). */
  OpenControl: 220,
  /** Of the first packet, which came at FirstTimeUs. */
  FirstRtpTimestamp: 221,
  /** Packets that the snap length cut, whatever is known of their keys. */
  Truncated: 222,
  /** How long the last confirmed jump took: ms from the last packet before it. */
  JumpMs: 223,
} as const

/** Packets that stand for a stream, chosen by their sequence numbers: two streams of one numbering choose the same. */
export const PROBES = 8
export const PROBE_WORDS = 3

/** Octets of the identity. */
export const STREAM_IDENTITY_BYTES = I.Key * 4

/** `I.Key` of a stream whose session agreed on no keying. */
export const NO_KEYING = -1

/** How many payload types of a stream have an entry that says where they were used, and its size in words. */
export const PAYLOAD_TYPE_USES = LIMITS.payloadTypesOfStream.most
export const PAYLOAD_TYPE_USE_WORDS = 5

/** A stream of so many packets no longer counts to those that are too many for one address and port. */
export const SETTLED_PACKETS = 256

/** A whole number of cache lines. */
export const STREAM_RECORD_BYTES = 896
