import { MERGED_HEADER, MergedField } from '../src/capture/merged-record.ts'
import { BlockType, ENHANCED } from '../src/capture/pcapng-block.ts'
import { MAX_BLOCK_LENGTH, MAX_CAPTURED_LENGTH } from '../src/capture/slab-walker.ts'
import { INTERFACE_STRIDE, Mode, Slot } from '../src/capture/walker-state.ts'
import { Decode } from '../src/net/datagram.ts'
import { Layer } from '../src/net/layer.ts'
import { LINKTYPE_RAW, OUTERMOST_LAYERS } from '../src/net/link.ts'
import { TunnelPort } from '../src/net/tunnels.ts'
import { DYNAMIC_CLOCK_RATES, JITTER_SLOTS, STATIC_CLOCK_RATES, staticJitterSlot } from '../src/rtp/clock-rates.ts'
import { MediaKind } from '../src/rtp/media-kind.ts'
import { SAMPLE_MISSED } from '../src/rtp/payload-randomness.ts'
import { CUT_BYTES, CutAt } from '../src/rtp/stream-cuts.ts'
import {
  F,
  FRAMES_KEPT,
  I,
  JITTER_STRIDE,
  NO_KEYING,
  PAYLOAD_TYPE_USE_WORDS,
  PAYLOAD_TYPE_USES,
  PROBE_WORDS,
  PROBES,
  SETTLED_PACKETS,
  STREAM_IDENTITY_BYTES,
  STREAM_RECORD_BYTES,
} from '../src/rtp/stream-record.ts'
import { TableAt } from '../src/rtp/stream-table.ts'
import {
  CHUNK_BYTES,
  JITTER_UNIT_US,
  MOST_STEPS,
  PoolAt,
  STEP_BYTES,
  STEPS_A_CHUNK,
  StepAt,
  TimelineAt,
} from '../src/rtp/timelines.ts'
import { KEY_ENTRY_BYTES, KernelMethod, KeyEntryAt, KeyEntryFlag, ProtocolKeysAt } from '../src/srtp/key-entry.ts'
import { CF, DECODE_OUTCOMES, MAX_CAPTURES } from '../src/verify/control.ts'
import { GCM_CACHE_SLOTS, JOBS_AT_ONCE, LaneAt, LaneFormat } from '../src/verify/lane-layout.ts'
import { JUMPED, MAX_REPEATS, REPEAT_BYTES, RepeatAt } from '../src/verify/repeat-list.ts'
import { DESCRIPTOR_WORDS } from '../src/verify/shared-memory.ts'
import { D, DescriptorTime, Outcome } from '../src/verify/slab-slots.ts'

/*
 * Tells the kernel where things lie in the memory that it shares with the rest: the one source are the tables of the
 * product, this writes them down as AssemblyScript.
 */

/** The text of workers/kernel/generated/layout.ts. */
export function formatKernelLayout(): string {
  // The lane writes these four in one go.
  if ([I.Ports, I.Kind, I.AddressLength].some((at, n) => at !== I.Ssrc + n + 1)) {
    throw new Error('a stream begins with Ssrc, Ports, Kind, AddressLength: workers/kernel/lane/frame.ts')
  }
  return [
    '// Made by scripts/kernel-layout.ts.',
    enumeration('Stream', { ...scaled(F, 8), ...scaled(I, 4) }),
    enumeration('Table', TableAt),
    enumeration('Cut', CutAt),
    enumeration('Descriptor', { ...scaled(D, 4), TimeUs: DescriptorTime * 8 }),
    enumeration('Outcome', Outcome),
    enumeration('Walker', scaled(Slot, 8)),
    enumeration('Mode', Mode),
    enumeration('Merged', MergedField),
    enumeration('Control', scaled(CF, 8)),
    enumeration('Lane', LaneAt),
    enumeration('Repeat', RepeatAt),
    enumeration('Pool', PoolAt),
    enumeration('Timeline', TimelineAt),
    enumeration('Step', StepAt),
    enumeration('Format', LaneFormat),
    enumeration('Entry', KeyEntryAt),
    enumeration('Method', KernelMethod),
    constants('i32', {
      KIND_RTP: MediaKind.Rtp,
      KIND_RTCP: MediaKind.Rtcp,
      SAMPLE_MISSED,
      FRAMES_KEPT,
      NO_KEYING,
      PROBES,
      SETTLED_PACKETS,
      NO_CLOCK_SLOT: NO_SLOT,
      CLOCK_RATES: DYNAMIC_CLOCK_RATES.length,
      MAX_COUNTED_CAPTURE: MAX_CAPTURES - 1,
      JOBS_AT_ONCE,
      MAX_REPEATS,
      JUMPED,
      STEPS_A_CHUNK,
      MOST_STEPS,
    }),
    constants('u32', {
      MAX_CAPTURED_LENGTH,
      MAX_BLOCK_LENGTH,
      ENHANCED_OVERHEAD: ENHANCED.overhead,
      ENHANCED_PACKET: BlockType.EnhancedPacket,
      LINK_TYPES: OUTERMOST_LAYERS.length,
      LINKTYPE_RAW,
      LINK_ETHERNET: Layer.Ethernet,
      LINK_COOKED: Layer.LinuxCooked,
      LINK_COOKED2: Layer.LinuxCooked2,
      TUNNEL_PORT_1: TunnelPort.GtpUser,
      TUNNEL_PORT_2: TunnelPort.Vxlan,
      TUNNEL_PORT_3: TunnelPort.LinuxVxlan,
      TUNNEL_PORT_4: TunnelPort.Geneve,
      TUNNEL_PORT_5: TunnelPort.Tzsp,
    }),
    constants('usize', {
      STREAM_RECORD_BYTES,
      STREAM_IDENTITY_BYTES,
      DESCRIPTOR_BYTES: DESCRIPTOR_WORDS * 4,
      CUT_BYTES,
      REPEAT_BYTES,
      ENTRY_BYTES: KEY_ENTRY_BYTES,
      INTERFACE_BYTES: INTERFACE_STRIDE * 8,
      MERGED_HEADER,
      JITTER_BYTES: JITTER_STRIDE * 8,
      JITTER_SLOTS,
      CHUNK_BYTES,
      STEP_BYTES,
      PAYLOAD_TYPE_USES,
      PAYLOAD_TYPE_USE_BYTES: PAYLOAD_TYPE_USE_WORDS * 4,
      PROBE_BYTES: PROBE_WORDS * 4,
      DECODED_BYTES: DECODE_OUTCOMES * 8,
      DECODE_OK: Decode.Ok,
      KEYS_SALT: ProtocolKeysAt.Salt,
      KEYS_LENGTH: ProtocolKeysAt.EncryptionKeyLength,
      GCM_CACHE_SLOTS,
    }),
    constants('f64', { JITTER_UNIT_US }),
    constants('u8', { FLAG_MKI_KNOWN: KeyEntryFlag.MkiKnown, FLAG_SRTP_ENCRYPTED: KeyEntryFlag.SrtpEncrypted }),
    octets('outermostLinks', OUTERMOST_LAYERS.map(laneLink)),
    octets(
      'clockSlots',
      Uint8Array.from(STATIC_CLOCK_RATES, (_, type) => clockSlot(type)),
    ),
    `export const clockRates: usize = memory.data<f64>([${[...STATIC_CLOCK_RATES, ...DYNAMIC_CLOCK_RATES].join(', ')}])`,
    '',
  ].join('\n\n')
}

const NO_SLOT = 255

function clockSlot(type: number): number {
  const slot = staticJitterSlot(type)
  return slot < 0 ? NO_SLOT : slot
}

/** The lane knows the link layers in front of nearly all media; every other is the decoder's. */
function laneLink(layer: number): number {
  const known: readonly number[] = [Layer.Ethernet, Layer.LinuxCooked, Layer.LinuxCooked2, Layer.Ip]
  return known.includes(layer) ? layer : 0
}

function scaled(fields: Readonly<Record<string, number>>, octets: number): Record<string, number> {
  return Object.fromEntries(Object.entries(fields).map(([name, index]) => [name, index * octets]))
}

function enumeration(name: string, values: Readonly<Record<string, number>>): string {
  const members = Object.entries(values).map(([member, value]) => `  ${member} = ${value},`)
  return `export const enum ${name} {\n${members.join('\n')}\n}`
}

function constants(type: string, values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `export const ${name}: ${type} = ${value}`)
    .join('\n')
}

function octets(name: string, values: Uint8Array): string {
  return `export const ${name}: usize = memory.data<u8>([${values.join(', ')}])`
}
