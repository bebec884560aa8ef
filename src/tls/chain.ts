import type { Authorities, AuthoritySource } from './authorities.ts'
import type { Certificate, ReadCertificate } from './certificate.ts'
import type { SignatureChecks } from './signature-checks.ts'

/** Where the certificates that a side sent lead to. */
export interface ChainFacts {
  /** As sent, without those that could not be read. */
  readonly certificates: readonly Certificate[]
  /** From the leaf to the last issuer that was sent, as the signatures say. */
  readonly path: readonly Certificate[]
  /** What the path ends in, where that was sent or is known. */
  readonly root?: Certificate
  /** Where that is known from. */
  readonly trustedBy: readonly AuthoritySource[]
  /** The issuer of the path's last certificate that was neither sent nor is known. */
  readonly missing?: MissingIssuer
  /** Each certificate issues the one before it (RFC 5246 §7.4.2). */
  readonly inOrder: boolean
}

export interface MissingIssuer {
  readonly name: string
  /** Why it can be no root, where that is sure. */
  readonly proof?: 'public-authority' | 'sent-elsewhere' | 'root-sent'
}

/** A certificate may be signed by any of those before it that a hostile server sends: each is tried once. */
export function chainFacts(
  sent: readonly ReadCertificate[],
  authorities: Authorities,
  isIntermediate: (subjectName: string) => boolean,
  checks: SignatureChecks,
): ChainFacts {
  const [leaf] = sent
  const certificates = sent.map(({ facts }) => facts)
  if (leaf === undefined) return { certificates, path: [], trustedBy: [], inOrder: true }
  const path = [leaf]
  const unused = new Set(sent.slice(1))
  for (;;) {
    const last = path[path.length - 1]
    const known = authorities.named(last.facts.selfSigned ? last.subjectName : last.issuerName)
    const anchors = known.filter(
      (one) =>
        one.facts.fingerprint === last.facts.fingerprint || (!last.facts.selfSigned && checks.isIssuedBy(last, one)),
    )
    const next = last.facts.selfSigned ? undefined : [...unused].find((one) => checks.isIssuedBy(last, one))
    // A root that was sent is one that is known where its key is the same, whichever certificate carries it.
    if (anchors.length > 0 || next === undefined) {
      const root = anchors[0] ?? (last.facts.selfSigned ? last : undefined)
      return {
        certificates,
        path: path.map(({ facts }) => facts),
        ...(root !== undefined && { root: root.facts }),
        trustedBy: [...new Set(anchors.map(({ source }) => source))],
        ...(root === undefined && { missing: missingIssuer(last, leaf, unused, authorities, isIntermediate) }),
        inOrder: path.every((one, index) => sent[index] === one),
      }
    }
    unused.delete(next)
    path.push(next)
  }
}

function missingIssuer(
  last: ReadCertificate,
  leaf: ReadCertificate,
  unused: ReadonlySet<ReadCertificate>,
  authorities: Authorities,
  isIntermediate: (subjectName: string) => boolean,
): MissingIssuer {
  const { issuer: name, issuerOrganisation } = last.facts
  if (isIntermediate(last.issuerName)) return { name, proof: 'sent-elsewhere' }
  // Public authorities issue leaves from intermediates only (CA/Browser Forum baseline requirements §6.1.7).
  const isPublic =
    leaf.facts.logged || (issuerOrganisation !== undefined && authorities.isPublicOrganisation(issuerOrganisation))
  if (isPublic) return { name, proof: 'public-authority' }
  if ([...unused].some(({ facts }) => facts.selfSigned)) return { name, proof: 'root-sent' }
  return { name }
}
