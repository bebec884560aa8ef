import type { FrameRef } from '../bytes/frame-ref.ts'
import type { Fingerprint } from '../sdp/description.ts'
import type { SeenCertificate } from '../tls/dtls-association.ts'
import type { DtlsAssociations } from '../tls/dtls-associations.ts'
import type { Binder } from './binder.ts'
import type { Binding } from './binding.ts'
import { describedBy, mediaOf } from './media-line.ts'

/** A DTLS certificate on the media port that no a=fingerprint of its sender's descriptions names (RFC 5763 §5). */
export interface CertificateMismatch {
  readonly callId: string
  /** Who sent it, and to whom: `formatEndpoint` texts. */
  readonly source: string
  readonly destination: string
  readonly at: FrameRef
  /** By the hash function of the first fingerprint described, and what its sender's descriptions say, `hash value`. */
  readonly seen: string
  readonly described: readonly string[]
}

/** Matches by described addresses: others may be a stranger's. */
const BY_ADDRESS: readonly Binding['match'][] = ['both', 'destination', 'source']

/** Compares every certificate that was seen in the clear with the descriptions of the call that it belongs to. */
export function certificateMismatches(associations: DtlsAssociations, binder: Binder): CertificateMismatch[] {
  const found = new Map<string, CertificateMismatch>()
  for (const { client, server, at, certificates } of associations.all) {
    for (const sender of ['client', 'server'] as const) {
      const certificate = certificates[sender]
      if (certificate === undefined) continue
      const [source, destination] = sender === 'client' ? [client, server] : [server, client]
      const binding = bindingOf(binder, source, destination, at.position)
      if (binding === undefined || !BY_ADDRESS.includes(binding.match)) continue
      const mismatch = compare(certificate, describedFingerprints(binding))
      if (mismatch === undefined) continue
      const { callId } = binding
      // RTP and RTCP have associations of their own, with one certificate.
      const name = `${callId} ${binding.sender} ${mismatch.seen}`
      if (!found.has(name)) found.set(name, { callId, source, destination, at: certificate.at, ...mismatch })
    }
  }
  return [...found.values()]
}

/** The place in the signalling of what is sent from one endpoint to another. */
export function bindingOf(
  binder: Binder,
  source: string,
  destination: string,
  firstPosition: number,
): Binding | undefined {
  const always = { capture: 0, firstPosition, lastPosition: Number.POSITIVE_INFINITY }
  const flow = { ...always, source, destination, ssrc: -1 }
  return binder.bind({ ...flow, kind: 'rtp' }) ?? binder.bind({ ...flow, kind: 'rtcp' })
}

/** Of every description that the sender gave for the m= line: a certificate may follow a new offer or precede it. */
function describedFingerprints({ lines }: Binding): Fingerprint[] {
  return lines.flatMap(({ exchange, index, sender }) =>
    describedBy(exchange, sender).flatMap((described) => mediaOf(described, index)?.fingerprints ?? []),
  )
}

/** RFC 8122 §5: one that matches is enough; hash functions that are not known here say nothing. */
function compare(
  { fingerprints }: SeenCertificate,
  described: readonly Fingerprint[],
): Pick<CertificateMismatch, 'seen' | 'described'> | undefined {
  const known = described.filter(({ hash }) => fingerprints[hash] !== undefined)
  if (known.length < described.length || known.length === 0) return undefined
  if (known.some(({ hash, value }) => fingerprints[hash] === value)) return undefined
  const [{ hash }] = known
  const texts = new Set(known.map((one) => `${one.hash} ${one.value}`))
  return { seen: `${hash} ${fingerprints[hash]}`, described: [...texts] }
}
