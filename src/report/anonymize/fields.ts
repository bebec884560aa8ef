/** What a member of a report is. */
export type FieldKind =
  /** Says what and not who: left as it is. */
  | 'plain'
  /** A party of a call, a user: URIs, names, numbers. */
  | 'party'
  /** A host or an address, with a port or without. */
  | 'place'
  | 'call-id'
  | 'path'
  | 'policy'
  | 'distinguished-name'
  | 'digest'
  /** Of a master key, or of a certificate. */
  | 'fingerprint'
  | 'label'
  /** A codec, a suite, a profile: what it is called on the wire. */
  | 'term'
  | 'warning'
  /** What somebody wrote behind a status. */
  | 'phrase'
  | 'sdp'

function named(kind: FieldKind, names: string): [string, FieldKind][] {
  return names.split(' ').map((name) => [name, kind])
}

/** By their names, wherever they stand: what has no line here is prose. */
const FIELDS: ReadonlyMap<string, FieldKind> = new Map([
  ...named('plain', 'schema keptTo type rule severity state transport id streamId streams ssrc ssrcs linkTypes format'),
  ...named('plain', 'startTime answerTime endTime firstTime lastTime time notBefore notAfter hour version title'),
  ...named('plain', 'references statement protection sender keySource outcome direction timeline channel'),
  ...named('party', 'from to account addressOfRecord'),
  ...named('place', 'host hosts domains name names endpoint rtcpEndpoint candidates agreed'),
  ...named('call-id', 'callId callIds keyOfCall'),
  ...named('path', 'path capture list bundle'),
  ...named('policy', 'policies'),
  ...named('distinguished-name', 'subject issuer endsIn missing sent order'),
  ...named('digest', 'serial certificate'),
  ...named('fingerprint', 'fingerprint'),
  ...named('label', 'keyLabel authorities'),
  ...named(
    'term',
    'kind codec codecs suite suites profile potentialProfiles offeredProfile answeredProfile offeredSuite answeredSuite',
  ),
  ...named('term', 'agreedSuite usedSuite better offered lacking added sessionParameters'),
  ...named('term', 'accept takesMedia takesCodecs takesSuites'),
  ...named('warning', 'warning'),
  ...named('phrase', 'reasonPhrase'),
  ...named('sdp', 'offerLines answerLines'),
])

/** `usedKeyFingerprint`, `keyFingerprints`. */
const ENDINGS: readonly (readonly [RegExp, FieldKind])[] = [
  [/CallId$/, 'call-id'],
  [/[kK]eyFingerprints?$/, 'fingerprint'],
]

/** What a member is; undefined for prose. */
export function kindOf(name: string): FieldKind | undefined {
  return FIELDS.get(name) ?? ENDINGS.find(([ending]) => ending.test(name))?.[1]
}
