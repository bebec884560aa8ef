import type { Limit } from './limit.ts'

/** Of session descriptions, and of offers and answers. */
export const SDP_LIMITS = {
  sdpOctets: {
    most: 65_536,
    of: 'octets of a session description',
    dropped: 'descriptions whose rest was not read',
    anomaly: { layer: 'sdp', reason: 'description-too-long' },
  },
  sdpLines: {
    most: 4096,
    of: 'lines of a session description',
    dropped: 'descriptions whose further lines were not read',
    anomaly: { layer: 'sdp', reason: 'too-many-lines' },
  },
  sdpLine: {
    most: 4096,
    of: 'characters of a line of a session description',
    dropped: 'descriptions with longer lines, which were not read',
    anomaly: { layer: 'sdp', reason: 'line-too-long' },
  },
  sdpMedia: {
    most: 64,
    of: 'm= sections of a session description',
    dropped: 'descriptions whose further sections were not read',
    anomaly: { layer: 'sdp', reason: 'too-many-media' },
  },
  sdpFormats: {
    most: 256,
    of: 'formats of an m= line',
    dropped: 'descriptions with further formats, which were not read',
    anomaly: { layer: 'sdp', reason: 'too-many-formats' },
  },
  sdpCrypto: {
    most: 64,
    of: 'a=crypto lines of an m= section',
    dropped: 'descriptions with further a=crypto lines, which were not read',
    anomaly: { layer: 'sdp', reason: 'too-many-crypto' },
  },
  sdpCapabilities: {
    most: 64,
    of: 'a=crypto lines, and profiles, among the capabilities of an m= section',
    dropped: 'descriptions with further ones, which were not read',
    anomaly: { layer: 'sdp', reason: 'too-many-capabilities' },
  },
  sdpOtherKeys: {
    most: 64,
    of: "keys that stand elsewhere than in the a=crypto lines of a description's m= sections",
    dropped: 'descriptions with further ones, which were not read',
    anomaly: { layer: 'sdp', reason: 'too-many-other-keys' },
  },
  sdpKeys: {
    most: 32,
    of: 'keys of an a=crypto line, and session parameters',
    dropped: 'descriptions with further ones, which were not read',
    anomaly: { layer: 'sdp', reason: 'too-many-crypto-parameters' },
  },
  sdpFingerprints: {
    most: 32,
    of: 'a=fingerprint or a=key-mgmt lines of a section',
    dropped: 'descriptions with further ones, which were not read',
    anomaly: { layer: 'sdp', reason: 'too-many-fingerprints' },
  },
  sdpCandidates: {
    most: 128,
    of: 'ICE candidates of an m= section',
    dropped: 'descriptions with further candidates, which were not read',
    anomaly: { layer: 'sdp', reason: 'too-many-candidates' },
  },
  sdpSsrcs: {
    most: 128,
    of: 'SSRCs that an m= section names',
    dropped: 'descriptions with further SSRCs, which were not read',
    anomaly: { layer: 'sdp', reason: 'too-many-ssrcs' },
  },
  sdpGroups: {
    most: 32,
    of: 'a=group lines of a session description',
    dropped: 'descriptions with further groups, which were not read',
    anomaly: { layer: 'sdp', reason: 'too-many-groups' },
  },
  exchanges: {
    most: 131_072,
    perMegabyte: 128,
    of: 'offers with their answers, while there are some of Call-IDs that were given up',
    dropped: 'offers of such Call-IDs forgotten, the oldest first: their media counts as media without signalling',
    anomaly: { layer: 'sdp', reason: 'offers-forgotten' },
  },
  exchangesOfCall: {
    most: 1024,
    of: 'offers of a Call-ID',
    dropped: 'further offers, which were not read',
    anomaly: { layer: 'sdp', reason: 'offers-not-kept' },
  },
  openExchanges: {
    most: 256,
    of: 'offers of a Call-ID that a message may belong to, the last ones',
    dropped: 'times that an offer came to lie behind these without an answer',
    anomaly: { layer: 'sdp', reason: 'open-offers-passed' },
  },
  forksOfOffer: {
    most: 64,
    of: 'dialogs in which an offer is answered, or a request without an offer gets one',
    dropped: 'descriptions in further dialogs, which were not read',
    anomaly: { layer: 'sdp', reason: 'forks-not-kept' },
  },
  answersOfOffer: {
    most: 16,
    of: 'different answers to an offer in a dialog',
    dropped: 'further answers, which were not read',
    anomaly: { layer: 'sdp', reason: 'answers-not-kept' },
  },
  keysElsewhere: {
    most: 10_000,
    of: 'messages with keys in descriptions that are no offer and no answer',
    dropped: 'further messages whose keys are not reported as exposed',
    anomaly: { layer: 'sdp', reason: 'keys-elsewhere-not-kept' },
  },
  requestsWithoutOffer: {
    most: 256,
    of: 'requests without an offer of a Call-ID whose response may make one',
    dropped:
      'requests forgotten, the oldest first; an offer in their response is taken for one whose request was not seen',
    anomaly: { layer: 'sdp', reason: 'requests-without-offer-forgotten' },
  },
} as const satisfies Record<string, Limit>
