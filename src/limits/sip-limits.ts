import type { Limit } from './limit.ts'

/** Of SIP syntax: what is read of one message. The count is of messages. */
export const SIP_SYNTAX_LIMITS = {
  sipStartLine: {
    most: 8192,
    of: 'octets of a SIP start line over a stream',
    dropped: 'messages passed over',
    anomaly: { layer: 'sip', reason: 'start-line-over-limit' },
  },
  sipHeaderSection: {
    most: 65_536,
    of: 'octets of the header fields of a SIP message over a stream',
    dropped: 'messages cut there; reading goes on at the next start line',
    anomaly: { layer: 'sip', reason: 'header-section-over-limit' },
  },
  sipMessage: {
    most: 1_048_576,
    of: 'octets of a SIP message over a stream',
    dropped: 'messages cut there or read without their body; reading goes on at the next start line',
    anomaly: { layer: 'sip', reason: 'message-over-limit' },
  },
  sipHeaderLines: {
    most: 1024,
    of: 'header lines of a SIP message or body part',
    dropped: 'messages whose further header lines were not read',
    anomaly: { layer: 'sip', reason: 'headers-over-limit' },
  },
  sipHeaderValues: {
    most: 256,
    of: 'values of a header, and parameters of a value',
    dropped: 'messages with further ones that were not read',
    anomaly: { layer: 'sip', reason: 'values-over-limit' },
  },
  sipText: {
    most: 1024,
    of: 'characters of a Call-ID, tag, branch, URI or other text of SIP',
    dropped: 'messages with one that was shortened; equal beginnings are taken for equal texts',
    anomaly: { layer: 'sip', reason: 'text-over-limit' },
  },
  sipBodyParts: {
    most: 64,
    of: 'parts of a SIP body',
    dropped: 'messages whose further parts were not read',
    anomaly: { layer: 'sip', reason: 'body-parts-over-limit' },
  },
  sipBodyNesting: {
    most: 4,
    of: 'levels of multipart bodies in each other',
    dropped: 'messages whose deeper parts were not read',
    anomaly: { layer: 'sip', reason: 'body-nesting-over-limit' },
  },
} as const satisfies Record<string, Limit>

/** Of calls: what is kept of one Call-ID, and how many there are. */
export const CALL_LIMITS = {
  callIds: {
    most: 102_400,
    perMegabyte: 100,
    of: 'Call-IDs at a time',
    dropped: 'Call-IDs given up, those that had ended first, then the oldest',
    anomaly: { layer: 'sip', reason: 'calls-evicted' },
  },
  callOctets: {
    most: 629_145_600,
    perMegabyte: 614_400,
    of: 'octets that are kept of the messages of all Call-IDs at a time, by estimate',
    dropped: 'Call-IDs given up, those that had ended first, then the oldest',
    anomaly: { layer: 'sip', reason: 'calls-evicted-for-their-size' },
  },
  transactionsOfCall: {
    most: 1024,
    of: 'transactions of a Call-ID',
    dropped: 'transactions forgotten, the oldest first; what still comes of one is taken for a new one',
    anomaly: { layer: 'sip', reason: 'transactions-forgotten' },
  },
  hopsOfTransaction: {
    most: 16,
    of: 'hops of a transaction with the same branch',
    dropped: 'hops forgotten; what still comes of one is taken for a new one',
    anomaly: { layer: 'sip', reason: 'hops-forgotten' },
  },
  responsesOfTransaction: {
    most: 256,
    of: 'different responses of a transaction',
    dropped: 'responses that are not known again where they are repeated',
    anomaly: { layer: 'sip', reason: 'responses-not-kept' },
  },
  dialogsOfCall: {
    most: 64,
    of: 'dialogs of a Call-ID',
    dropped: 'messages of further dialogs, whose state is not followed',
    anomaly: { layer: 'sip', reason: 'dialogs-not-kept' },
  },
  invitesOfCall: {
    most: 256,
    of: 'INVITE transactions that judge what became of a call',
    dropped: 'messages of further INVITE transactions, which do not change it',
    anomaly: { layer: 'sip', reason: 'invites-not-judged' },
  },
  legsOfCall: {
    most: 64,
    of: 'legs of a call',
    dropped: 'messages on further legs, which are not listed',
    anomaly: { layer: 'sip', reason: 'legs-not-kept' },
  },
  pathsOfCall: {
    most: 256,
    of: 'ways between endpoints that the messages of a Call-ID took',
    dropped: 'messages on further ways, which are not listed',
    anomaly: { layer: 'sip', reason: 'paths-not-kept' },
  },
  ladderSteps: {
    most: 500,
    of: 'messages in the ladder of a call',
    dropped: 'messages not shown in the ladder of their call',
    anomaly: { layer: 'sip', reason: 'ladder-steps-not-kept' },
  },
} as const satisfies Record<string, Limit>

/** Of who is there and what they want. */
export const WATCH_LIMITS = {
  watchedSources: {
    most: 2048,
    of: 'addresses whose requests are watched for floods, scans and guesses',
    dropped: 'times that an address gave way to a new one, the least busy first',
    anomaly: { layer: 'sip', reason: 'watched-sources-replaced' },
  },
  passwordTries: {
    most: 4096,
    of: 'requests with credentials that wait for their response',
    dropped: 'requests forgotten, the oldest first; what came of their credentials is not known',
    anomaly: { layer: 'sip', reason: 'password-tries-forgotten' },
  },
  accountsOfSource: {
    most: 16,
    of: 'accounts whose passwords one address gave',
    dropped: 'refused passwords for further accounts, which are not judged',
    anomaly: { layer: 'sip', reason: 'password-tries-not-kept' },
  },
  scanners: {
    most: 1000,
    of: 'sources and products of known scanners',
    dropped: 'requests of further ones, which are counted only',
    anomaly: { layer: 'sip', reason: 'scanners-not-kept' },
  },
  openRegistrations: {
    most: 8192,
    of: 'registrations under way',
    dropped: 'registrations forgotten, the oldest first; a refusal of them is judged by what was seen',
    anomaly: { layer: 'sip', reason: 'registrations-forgotten' },
  },
  refusedRegistrations: {
    most: 2000,
    of: 'addresses of record whose registration was refused',
    dropped: 'refusals of further ones, which are counted only',
    anomaly: { layer: 'sip', reason: 'refused-registrations-not-kept' },
  },
  inviteTargets: {
    most: 2000,
    of: 'targets of INVITEs, by source, destination, host and parameters',
    dropped: 'INVITEs to further ones, which are not judged by whom they are addressed to',
    anomaly: { layer: 'sip', reason: 'invite-targets-not-kept' },
  },
  openInvites: {
    most: 4096,
    of: 'INVITEs without a final response',
    dropped: 'INVITEs forgotten, the oldest first; whether their target answered is not known',
    anomaly: { layer: 'sip', reason: 'open-invites-forgotten' },
  },
  sipPeers: {
    most: 10_000,
    of: 'pairs of addresses that speak SIP',
    dropped: 'messages between further ones, which no rule about peers sees',
    anomaly: { layer: 'sip', reason: 'peers-not-kept' },
  },
  tcpAnswers: {
    most: 10_000,
    of: 'endpoints that accepted or refused a TCP connection, by who asked',
    dropped: 'answers of further ones, which no rule about peers sees',
    anomaly: { layer: 'sip', reason: 'tcp-answers-not-kept' },
  },
  sipServers: {
    most: 2000,
    of: 'addresses and unusual ports where SIP over TCP is spoken',
    dropped: 'further ones: connections to them that are not made, or that die, are not told',
    anomaly: { layer: 'sip', reason: 'sip-servers-not-kept' },
  },
  connectionPairs: {
    most: 2000,
    of: 'pairs of hosts of which one asks for TCP connections to a port of SIP',
    dropped: 'attempts of further ones, of which it is not told whether they failed',
    anomaly: { layer: 'sip', reason: 'connection-attempts-not-kept' },
  },
  connectionAttempts: {
    most: 4096,
    of: 'attempts to connect to a port of SIP that wait for an answer',
    dropped: 'attempts forgotten before it was known whether anybody answers, the oldest first',
    anomaly: { layer: 'sip', reason: 'connection-attempts-forgotten' },
  },
  openConnections: {
    most: 16_384,
    of: 'TCP connections to a port of SIP that are watched for whether they die',
    dropped: 'connections that are watched no longer, the oldest first',
    anomaly: { layer: 'sip', reason: 'connections-not-watched' },
  },
  lostConnectionPairs: {
    most: 2000,
    of: 'pairs of hosts of whose connections some died',
    dropped: 'connections of further ones that died, of which it is not told',
    anomaly: { layer: 'sip', reason: 'lost-connections-not-kept' },
  },
  keepAlivePairs: {
    most: 2000,
    of: 'pairs of hosts of which one asks the other by OPTIONS whether it is there',
    dropped: 'OPTIONS of further ones, of which it is not told that they are refused',
    anomaly: { layer: 'sip', reason: 'keep-alives-not-kept' },
  },
  openRequests: {
    most: 4096,
    of: 'requests of any method that wait for their first response',
    dropped: 'requests forgotten before it was known whether anybody answers, the oldest Call-ID first',
    anomaly: { layer: 'sip', reason: 'open-requests-forgotten' },
  },
  openRequestsOfCall: {
    most: 16,
    of: 'requests of one Call-ID that wait for their first response',
    dropped: 'requests forgotten before it was known whether anybody answers, the oldest first',
    anomaly: { layer: 'sip', reason: 'open-requests-of-a-call-forgotten' },
  },
  unansweredPeers: {
    most: 2000,
    of: 'pairs of hosts of which one leaves requests of the other unanswered, by kind of request',
    dropped: 'requests between further ones, and such as were sent once or twice, which are counted only',
    anomaly: { layer: 'sip', reason: 'unanswered-requests-not-kept' },
  },
  repeatedResponses: {
    most: 2048,
    of: 'calls with responses that are repeated until they are acknowledged',
    dropped: 'calls forgotten before it was known whether they are, the oldest first',
    anomaly: { layer: 'sip', reason: 'repeated-responses-forgotten' },
  },
  repeatedRequests: {
    most: 2048,
    of: 'calls with requests that go on although their response was seen',
    dropped: 'calls forgotten before it was known whether the response arrives, the oldest first',
    anomaly: { layer: 'sip', reason: 'repeated-requests-forgotten' },
  },
  unreadPeers: {
    most: 10_000,
    of: 'pairs of hosts between which something could not be read',
    dropped: 'times that it was taken for everybody: no silence counts as one that began before',
    anomaly: { layer: 'sip', reason: 'unread-peers-not-kept' },
  },
  clearSipPairs: {
    most: 10_000,
    of: 'pairs of endpoints that speak SIP in the clear',
    dropped: 'messages between further ones, which are not reported as clear',
    anomaly: { layer: 'sip', reason: 'clear-pairs-not-kept' },
  },
} as const satisfies Record<string, Limit>
