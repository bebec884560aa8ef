import type { Limit } from './limit.ts'

/** What is taken for a record, a block or honest compression, and how much of a capture's own tables is kept. */
export const CAPTURE_LIMITS = {
  inflationRatio: {
    most: 500,
    of: 'octets that an octet of a compressed capture becomes, beyond 268,435,456 octets',
    dropped: 'captures of which the rest is not read',
    anomaly: { layer: 'capture', reason: 'inflates-too-far' },
  },
  recordOctets: {
    most: 262_144,
    of: 'octets of a record of a capture',
    dropped: 'records not read; reading goes on at the next one that is found',
    anomaly: { layer: 'capture', reason: 'records-too-long' },
  },
  blockOctets: {
    most: 16_777_216,
    of: 'octets of a pcapng block',
    dropped: 'blocks not passed over as a whole; reading goes on at the next one that is found',
    anomaly: { layer: 'capture', reason: 'blocks-too-long' },
  },
  interfaces: {
    most: 4096,
    of: 'interfaces of a pcapng section',
    dropped: 'interfaces not known; their packets are lost',
    anomaly: { layer: 'capture', reason: 'interfaces-beyond-those-kept' },
  },
  linkTypes: {
    most: 32,
    of: 'link types that are listed for a capture',
    dropped: 'interfaces whose link type is not listed; their packets are read',
    anomaly: { layer: 'capture', reason: 'link-types-beyond-those-listed' },
  },
  capturesCountedApart: {
    most: 1024,
    of: 'captures less one whose malformed frames, and whose frames of link types that are not read, are counted for each',
    dropped: 'such frames of all further captures, which are counted here instead',
    anomaly: { layer: 'capture', reason: 'damaged-frames-of-further-captures' },
  },
  hepConnections: {
    most: 256,
    of: 'connections of HEP agents at a time',
    dropped: 'connections refused',
    anomaly: { layer: 'capture', reason: 'HEP: a connection beyond those at a time' },
  },
  hepPayloadOctets: {
    most: 261_888,
    of: 'octets that the compressed payload of a HEP packet becomes',
    dropped: 'packets not read',
    anomaly: { layer: 'capture', reason: 'HEP: a compressed payload that is too large' },
  },
  livePacketsOctets: {
    most: 16_777_216,
    of: 'octets of packets of HEP agents that wait to be read',
    dropped: 'packets lost',
    anomaly: { layer: 'capture', reason: 'HEP: no room was left for it' },
  },
} as const satisfies Record<string, Limit>
