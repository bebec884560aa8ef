/*
 * LINKTYPE_WIRESHARK_UPPER_PDU: data of an upper layer without what carried it, as Wireshark exports it and as capture
 * agents report it. In network byte order, tags and then the data:
 *
 *   | tag     |  0      16 bits; 0 ends the tags
 *   | length  |  2      16 bits, of the value
 *   | value   |  4
 */
export const PduTag = {
  End: 0,
  ProtocolName: 12,
  Ipv4Source: 20,
  Ipv4Destination: 21,
  Ipv6Source: 22,
  Ipv6Destination: 23,
  PortType: 24,
  SourcePort: 25,
  DestinationPort: 26,
} as const

/** Wireshark's port types. */
export const PduPortType = { Tcp: 2, Udp: 3 } as const
