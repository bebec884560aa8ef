import type { FuzzTarget } from '../target.ts'
import { audio } from './audio.ts'
import { gzip, pcap, pcapng } from './captures.ts'
import { clearMessage, replacedPayload } from './clear.ts'
import { hep, keys, policy } from './files.ts'
import { icmp, link, tcp, webSocket } from './frames.ts'
import { srtp } from './media.ts'
import { dtls, keylog, tls, x509 } from './secure.ts'
import { crypto, sdp, sip, sipStream } from './signalling.ts'
import { trace } from './trace.ts'

export const TARGETS: readonly FuzzTarget[] = [
  ...[pcap, pcapng, gzip, link, icmp, tcp, webSocket, sip, sipStream, sdp, crypto, srtp, tls, dtls, x509],
  ...[keylog, hep, keys, policy, audio, replacedPayload, clearMessage, trace],
]
