import { LIMITS } from '../limits/limits.ts'
import { isSignedBy, type ReadCertificate } from './certificate.ts'

/** Which certificates others signed: each pair is checked once, and only so many of them, whoever sends how many. */
export class SignatureChecks {
  readonly #known = new Map<string, boolean>()
  #beyond = 0

  /** Checks that were left out: what they would have shown counts as not signed. */
  get beyond(): number {
    return this.#beyond
  }

  /** Whether the key of `issuer` signed a certificate that names it as its issuer. */
  isIssuedBy({ facts, issuerName, x509 }: ReadCertificate, issuer: ReadCertificate): boolean {
    if (issuer.subjectName !== issuerName) return false
    const pair = `${facts.fingerprint} ${issuer.facts.fingerprint}`
    const known = this.#known.get(pair)
    if (known !== undefined) return known
    if (this.#known.size >= LIMITS.certificateSignatures.most) {
      this.#beyond++
      return false
    }
    const signed = isSignedBy(x509, issuer.x509)
    this.#known.set(pair, signed)
    return signed
  }
}
