import { LINKTYPE_RAW, MERGED_HEADER, Merged, Stream } from '../generated/layout'
import { u16At } from './octets'
import { isProbed, PROBED_OCTETS } from './payload-probe'
import { wantsSample } from './payload-sample'
import { payloadOffset } from './statistics'

/*
 * The lean trace of a capture (src/verify/parts/lean-stream.ts): its records with what statistics look at, and no more of the
 * payload of RTP.
 */

const RTP_HEADER: i32 = 12
/**
 * Of a stream's first packets everything is kept: whoever knows the trace before them may want others for the sample
 * than this capture alone would.
 */
const WHOLE_PACKETS: i32 = 64

/** How many octets of a packet are kept. Call before it is counted. */
export function keptOctets(record: usize, packet: usize, length: i32): i32 {
  if (load<i32>(record + Stream.Packets) < WHOLE_PACKETS || wantsSample(record)) return length
  if (!isProbed(<i32>u16At(packet + 2))) return RTP_HEADER
  return min(length, payloadOffset(packet, length) + PROBED_OCTETS)
}

/** Writes the record of a packet from its IP header on, of which `captured` octets are there; returns where the next goes. */
export function keepLean(
  at: usize,
  ip: usize,
  captured: u32,
  kept: u32,
  seconds: f64,
  nanoseconds: f64,
  capture: i32,
  frame: u32,
): usize {
  store<i32>(at + Merged.Capture, capture)
  store<u32>(at + Merged.Frame, frame)
  store<f64>(at + Merged.Seconds, seconds)
  store<u32>(at + Merged.Nanoseconds, <u32>nanoseconds)
  store<u32>(at + Merged.LinkType, LINKTYPE_RAW)
  store<u32>(at + Merged.Captured, captured)
  store<u32>(at + Merged.Original, captured)
  store<u32>(at + Merged.Kept, kept)
  memory.copy(at + MERGED_HEADER, ip, kept)
  return at + MERGED_HEADER + kept
}
