import { rootCertificates } from 'node:tls'
import { addToList } from '../bytes/lists-by-key.ts'
import { type ReadCertificate, readCertificate } from './certificate.ts'

/** Where an authority is known from: Mozilla's list as Node carries it, or a file that the user or a policy names. */
export type AuthoritySource = 'public' | 'bundle' | 'policy'

export interface Authority extends ReadCertificate {
  readonly source: AuthoritySource
}

const PEM = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g

/** How many certificates of a text in PEM can be read. */
export function countCertificates(pem: string): number {
  return (pem.match(PEM) ?? []).filter((one) => readCertificate(one) !== undefined).length
}

/** Certificates of authorities in PEM, each parsed once. */
export class Authorities {
  readonly #bySubject = new Map<string, Authority[]>()
  readonly #organisations = new Set<string>()

  constructor() {
    for (const pem of rootCertificates) this.#add(readCertificate(pem), 'public')
  }

  /** Adds what a file holds. */
  add(pem: string, source: AuthoritySource): void {
    for (const one of pem.match(PEM) ?? []) this.#add(readCertificate(one), source)
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
    addToList(this.#bySubject, certificate.subjectName, { ...certificate, source })
    if (source === 'public' && certificate.facts.organisation !== undefined)
      this.#organisations.add(certificate.facts.organisation)
  }
}
