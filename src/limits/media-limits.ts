import type { Limit } from './limit.ts'

/** Streams and what is kept of each, keys, and what is tried where packets do not verify. */
export const MEDIA_LIMITS = {
  streams: {
    most: 196_608,
    perMegabyte: 192,
    least: 1024,
    of: 'streams',
    dropped: 'packets of further streams not counted',
    anomaly: { layer: 'rtp', reason: 'packets-beyond-the-stream-table' },
  },
  streamsToOnePort: {
    most: 4096,
    perMegabyte: 4,
    least: 1024,
    of: 'streams of one kind and of fewer than 256 packets to one address and port, by TURN from one address',
    dropped: 'packets of further streams to it not counted',
    anomaly: { layer: 'rtp', reason: 'packets-beyond-the-streams-to-one-port' },
  },
  looseStreamsToOnePort: {
    most: 256,
    of: 'streams to one port whose sequence numbers do not hang together',
    dropped: 'packets of further ones not judged',
    anomaly: { layer: 'rtp', reason: 'packets-of-loose-streams' },
  },
  nextCalls: {
    most: 65_536,
    of: 'offers and answers that name an address of a stream while it goes on, which may be the media of a next call from there on',
    dropped: 'streams not looked at for next calls',
    anomaly: { layer: 'rtp', reason: 'streams-not-looked-at-for-next-calls' },
  },
  payloadTypesOfStream: {
    most: 3,
    of: 'payload types of a stream of which first and last packet are known',
    dropped: 'payload types of which it is known only that they were used',
    anomaly: { layer: 'rtp', reason: 'payload-types-beyond-those-placed' },
  },
  repeatedPackets: {
    most: 65_536,
    of: 'RTP packets that came again, or from which on a source goes on elsewhere',
    dropped: 'packets not looked at for replays, and for sources that go back',
    anomaly: { layer: 'rtp', reason: 'repeated-packets-beyond-those-kept' },
  },
  timelineChunks: {
    most: 524_288,
    perMegabyte: 512,
    least: 128,
    of: 'chunks of 15 steps of timelines, where they are asked for',
    dropped: 'streams without a timeline; others have longer steps',
    anomaly: { layer: 'rtp', reason: 'streams-without-a-timeline' },
  },
  keys: {
    most: 131_071,
    of: 'master keys',
    dropped: 'keys not tried',
    anomaly: { layer: 'srtp', reason: 'keys-beyond-the-key-table' },
  },
  keysOfOtherCalls: {
    most: 1000,
    of: 'keys of other calls that are tried on a stream whose packets fail',
    dropped: 'keys not tried on such streams',
    anomaly: { layer: 'srtp', reason: 'keys-of-other-calls-not-tried' },
  },
  keysUsedOtherwise: {
    most: 8,
    of: 'keys of a stream whose packets fail that are tried in other uses than the agreed one',
    dropped: 'keys not tried so',
    anomaly: { layer: 'srtp', reason: 'other-uses-of-keys-not-tried' },
  },
  rolloverChanges: {
    most: 8,
    of: 'leaps of the rollover counter that are told of a stream',
    dropped: 'leaps not told; the packets are verified',
    anomaly: { layer: 'srtp', reason: 'rollover-changes-beyond-those-told' },
  },
  spillOctets: {
    most: 4_294_967_296,
    of: 'octets on the disk of packets that wait for their key, of a pipe or put together from fragments',
    dropped: 'packets not verified',
    anomaly: { layer: 'media', reason: 'packets-beyond-the-spill-limit' },
  },
} as const satisfies Record<string, Limit>
