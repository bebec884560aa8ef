import { rootCertificates } from 'node:tls'
import { type ReadCertificate, readCertificate } from './certificate.ts'

/** Where an authority is known from: Mozilla's list as Node carries it, or a file that the user or a policy names. */
export type AuthoritySource = 'public' | 'bundle' | 'policy'

export interface Authority extends ReadCertificate {
  readonly source: AuthoritySource
}

/** Certificates of authorities in PEM, each parsed once. */
export class Authorities {
  readonly #bySubject = new Map<string, Authority[]>()
  readonly #organisations = new Set<string>()

  constructor() {
    for (const pem of rootCertificates) this.#add(readCertificate(pem), 'public')
  }

  /** Adds what a file holds; the number of certificates in it. */
  add(pem: string, source: AuthoritySource): number {
    let added = 0
    for (const [one] of pem.matchAll(
      /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g,
    )) {
      const certificate = readCertificate(one)
      if (certificate !== undefined) added++
      this.#add(certificate, source)
    }
    return added
  }

  /** Authorities of this name (DER in base64). */
  named(subjectName: string): readonly Authority[] {
    return this.#bySubject.get(subjectName) ?? []
  }

  /** Whether a public root belongs to an organisation of this very name. */
  isPublicOrganisation(organisation: string): boolean {
    return this.#organisations.has(organisation)
  }

  #add(certificate: ReadCertificate | undefined, source: AuthoritySource): void {
    if (certificate === undefined) return
    const known = this.#bySubject.get(certificate.subjectName)
    if (known === undefined) this.#bySubject.set(certificate.subjectName, [{ ...certificate, source }])
    else known.push({ ...certificate, source })
    if (source === 'public' && certificate.facts.organisation !== undefined)
      this.#organisations.add(certificate.facts.organisation)
  }
}
