import type { FrameRef } from '../bytes/frame-ref.ts'
import { LIMITS } from '../limits/limits.ts'
import type { ReadCertificate } from '../tls/certificate.ts'
import { type OcspStatus, ocspStatus, ocspUnproven } from '../tls/ocsp.ts'
import { isOver, listUnproven, type RevocationList, type Unproven } from '../tls/revocation.ts'
import type { AnomalyLog } from './anomaly-log.ts'
import type { RevokedCertificate } from './tls-facts.ts'

/** Says of certificates that they are revoked, by lists and by what servers staple, and whether their issuers say so. */
export class Revocations {
  readonly #lists: readonly RevocationList[]
  readonly #anomalies: AnomalyLog
  /** What was found out of each list's signature, by the issuer's fingerprint. */
  readonly #checked = new Map<RevocationList, Map<string, Unproven | undefined>>()
  /** Lists whose issuer issued a certificate of the trace, with what keeps them from being its word. */
  readonly #used = new Map<RevocationList, Set<Unproven>>()

  #stapled = 0

  constructor(lists: readonly RevocationList[], anomalies: AnomalyLog) {
    this.#lists = lists
    this.#anomalies = anomalies
  }

  /** The lists that name a certificate. @param issuerOf asked where a list is of that issuer's name */
  listed(
    { facts, issuerName }: ReadCertificate,
    issuerOf: () => ReadCertificate | undefined,
    at: FrameRef,
  ): RevokedCertificate[] {
    return this.#lists.flatMap((list) => {
      if (list.issuerName !== issuerName) return []
      const unproven = this.#listUnproven(list, issuerOf(), at)
      const revokedUs = list.revokedUs.get(facts.serial)
      return revokedUs === undefined ? [] : [{ certificate: facts, list: list.path, revokedUs, unproven }]
    })
  }

  /** What a stapled response says of the leaf. */
  stapled(
    der: Uint8Array,
    { facts: { serial } }: ReadCertificate,
    issuer: ReadCertificate | undefined,
    at: FrameRef,
  ): OcspStatus | undefined {
    if (this.#stapled === LIMITS.stapledResponses.most) {
      this.#anomalies.reached('stapledResponses', at)
      return undefined
    }
    this.#stapled++
    const status = ocspStatus(der, serial)
    if (status === undefined) {
      this.#anomalies.note('tls', 'stapled-ocsp-says-nothing', at)
      return undefined
    }
    const unproven = ocspUnproven(der, serial, issuer, at.timeUs)
    // Of an issuer that was not sent, tls-chain-incomplete speaks.
    if (unproven !== undefined && unproven !== 'issuer-not-seen')
      this.#anomalies.note('tls', `stapled-ocsp-${unproven}`, at)
    return { ...status, ...(unproven && { unproven }) }
  }

  /** What was given and could not be used as it was meant: nothing is left out in silence. */
  finish(): void {
    for (const list of this.#lists) {
      const faults = this.#used.get(list)
      if (faults === undefined) this.#anomalies.count('tls', 'revocation-list-of-no-issuer-seen', 0, 1)
      else for (const fault of faults) this.#anomalies.count('tls', `revocation-list-${fault}`, 0, 1)
    }
  }

  #listUnproven(list: RevocationList, issuer: ReadCertificate | undefined, at: FrameRef): Unproven | undefined {
    const unproven =
      this.#signatureFault(list, issuer) ?? (isOver(list.nextUpdateUs, at.timeUs) ? 'outdated' : undefined)
    const faults = this.#used.get(list) ?? new Set()
    this.#used.set(list, faults)
    if (unproven !== undefined) faults.add(unproven)
    return unproven
  }

  /** Large lists take a while: each is checked once under each key. */
  #signatureFault(list: RevocationList, issuer: ReadCertificate | undefined): Unproven | undefined {
    const checked = this.#checked.get(list) ?? new Map<string, Unproven | undefined>()
    this.#checked.set(list, checked)
    const name = issuer?.facts.fingerprint ?? ''
    if (!checked.has(name)) checked.set(name, listUnproven(list, issuer?.x509.publicKey))
    return checked.get(name)
  }
}
