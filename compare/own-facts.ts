import { DEFAULT_POLICY } from '../src/policy/policy.ts'
import { analyseCaptures } from '../src/scan/analyse-captures.ts'
import { reportOf } from '../src/scan/report-of.ts'
import { readTlsSecrets } from '../src/scan/tls-secrets.ts'
import { MessageReader } from '../src/sip/message-reader.ts'
import { type Facts, type SipMessage, streamLabel } from './facts.ts'

/**
 * What srtp-scan says of a capture, without keys of SRTP.
 *
 * @param tlsKeyLogs what opens TLS
 * @throws CaptureError where it cannot be read
 */
export async function ownFacts(capture: string, tlsKeyLogs: readonly string[] = []): Promise<Facts> {
  const sip: SipMessage[] = []
  const reader = new MessageReader()
  const analysis = await analyseCaptures({
    captures: [capture],
    tlsSecrets: await readTlsSecrets({ tlsKeyLogs }),
    onMessage: (bytes, truncated, { at, transport }) => {
      const message = reader.read(bytes, { truncated, stream: transport === 'tcp' || transport === 'tls' })
      if (message.kind === 'malformed') return
      const label = message.kind === 'request' ? message.method : String(message.status)
      sip.push({ frame: at.frame, label })
    },
  })
  const { totals, streams, tls = [] } = await reportOf(analysis, DEFAULT_POLICY, {})
  const rtp = [...streams].filter(({ kind }) => kind === 'rtp')
  const versions = new Map<string, number>()
  for (const { server, version, handshakes } of tls) {
    if (version === undefined || handshakes === 0) continue
    const label = `${server} ${version}`
    versions.set(label, (versions.get(label) ?? 0) + handshakes)
  }
  return {
    frames: totals.frames,
    sip,
    streams: new Map(
      rtp.map(({ src, dst, ssrc, packets, lost = 0 }) => [streamLabel(src, dst, ssrc), { packets, lost }]),
    ),
    tls: versions,
  }
}
