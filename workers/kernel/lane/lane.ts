import { Format, Lane } from '../generated/layout'
import { walkMerged } from './merged'
import { walkPcap } from './pcap'
import { walkPcapng } from './pcapng'

/**
 * The fast lane: takes in records from Lane.Position on for as long as they are usual, which means whole RTP packets in
 * unfragmented UDP over IP over the common link layers, in sound records. It stops in front of the first that is not,
 * having changed nothing for it: the caller's own walker and decoder take that one and come back. What the lane does
 * with a record is exactly what they would have done.
 */
export function takeUsualRecords(lane: usize): void {
  const format = load<i32>(lane + Lane.Format)
  if (format == Format.Pcap) walkPcap(lane)
  else if (format == Format.Pcapng) walkPcapng(lane)
  else if (format == Format.Merged) walkMerged(lane)
}
