import { hostName, listOf, network, textLike, truth, wholeNumber } from './readers.ts'
import { type Statements, yes } from './statement.ts'

/** What is asked of signalling: how it is carried, who is heard, and what a request says. */
export const SIP_STATEMENTS: Statements<
  Extract<keyof Statements, `sip.${string}` | 'networks.signalling' | 'strangersDropped'>
> = {
  'sip.tlsRequired': {
    read: truth,
    words: yes('SIP goes over TLS only.'),
    judgedBy: ['sip-cleartext'],
    shownBy: 'sip',
  },
  'sip.registerTls': {
    read: truth,
    words: yes('REGISTER goes over TLS.'),
    judgedBy: ['sip-cleartext'],
    shownBy: 'register',
  },
  'sip.webSocketTls': {
    read: truth,
    words: yes('SIP over WebSocket goes over WSS.'),
    judgedBy: ['sip-cleartext'],
    shownBy: 'web-socket',
  },
  'sip.port': {
    read: wholeNumber(1, 65_535),
    words: (port) => `SIP over TLS goes to port ${port}.`,
    judgedBy: ['sip-port-policy'],
    shownBy: 'sip-over-tls',
  },
  'sip.hostNames': {
    read: truth,
    words: yes(
      'A Request-URI names its host, never an IP address, so that the name in the certificate can be checked.',
    ),
    judgedBy: ['sip-uri-ip-host'],
    shownBy: 'sip-over-tls',
  },
  'sip.uriTransportTls': {
    read: truth,
    words: yes('On a TLS trunk a Request-URI says transport=tls.'),
    judgedBy: ['sip-uri-transport'],
    shownBy: 'sip-over-tls',
  },
  'sip.uriParameters': {
    read: listOf(textLike(/^[\w!$&+*'`().~%-]{1,64}$/, 'the name of a URI parameter, like tgrp,')),
    words: (names) => `On a TLS trunk a Request-URI carries ${names.join(' and ')} (RFC 4904).`,
    judgedBy: ['sip-uri-transport'],
    shownBy: 'sip-over-tls',
  },
  'sip.domains': {
    read: listOf(hostName),
    words: (domains) => `INVITEs are addressed to these domains, and dropped otherwise: ${domains.join(', ')}.`,
    judgedBy: ['request-uri-foreign-domain'],
    shownBy: 'invite',
  },
  'sip.invitesPerSecond': {
    read: wholeNumber(1, 1_000_000),
    words: (most) => `One source sends ${most} INVITEs in a second at most.`,
    judgedBy: ['invite-flood'],
    shownBy: 'invite',
  },
  'networks.signalling': {
    read: listOf(network),
    words: (networks) => `Signalling comes from and goes to these networks only: ${networks.join(', ')}.`,
    judgedBy: ['peer-not-allowlisted'],
    shownBy: 'sip',
  },
  strangersDropped: {
    read: truth,
    words: yes('Whoever is outside the networks gets no answer: no SIP response, no SYN-ACK, no RST.'),
    judgedBy: ['stranger-answered'],
    shownBy: 'stranger',
  },
}
