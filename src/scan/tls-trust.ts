import { type ReadSmallFile, readSmallFile } from '../capture/text-file.ts'
import type { TlsTrust } from '../model/tls-analysis.ts'
import type { Policy } from '../policy/policy.ts'
import { countCertificates } from '../tls/authorities.ts'
import { type RevocationList, readRevocationList } from '../tls/revocation.ts'
import { UsageError } from './usage-error.ts'

/** What the user may give to judge certificates by. */
export interface TlsTrustFiles {
  /** Paths of authorities in PEM, beside the public ones. */
  readonly caBundles?: readonly string[]
  /** Paths of revocation lists, DER or PEM. */
  readonly crls?: readonly string[]
}

/** Reads what is given, and the bundle that the policy names. @throws UsageError, TextFileError */
export async function readTlsTrust(
  { caBundles = [], crls = [] }: TlsTrustFiles,
  { tls: { authorities: asked } = {} }: Policy,
  read: ReadSmallFile = readSmallFile,
): Promise<TlsTrust> {
  const authorities: TlsTrust['authorities'][number][] = []
  for (const path of caBundles) authorities.push({ pem: await readBundle(path, read), source: 'bundle' })
  const ofPolicy = typeof asked === 'object' ? asked.bundle : undefined
  if (ofPolicy !== undefined) authorities.push({ pem: await readBundle(ofPolicy, read), source: 'policy' })
  const revocationLists: RevocationList[] = []
  for (const path of crls) revocationLists.push(...readLists(await read(path), path))
  return { authorities, revocationLists }
}

async function readBundle(path: string, read: ReadSmallFile): Promise<string> {
  const pem = (await read(path)).toString('latin1')
  if (countCertificates(pem) > 0) return pem
  throw new UsageError(`${path}: no certificate in it; certificates of authorities in PEM would do`)
}

const PEM_LIST = /-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/g

function readLists(octets: Buffer, path: string): RevocationList[] {
  const pems = [...octets.toString('latin1').matchAll(PEM_LIST)].map(([, base64]) => Buffer.from(base64, 'base64'))
  const lists = (pems.length > 0 ? pems : [octets]).flatMap((der) => readRevocationList(der, path) ?? [])
  if (lists.length > 0) return lists
  throw new UsageError(`${path}: no revocation list; a CRL in DER or PEM would do`)
}
