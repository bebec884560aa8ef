import defaultPack from '../../policies/default.json' with { type: 'json' }
import genesysByocCloud from '../../policies/genesys-byoc-cloud.json' with { type: 'json' }
import genesysByocPremises from '../../policies/genesys-byoc-premises.json' with { type: 'json' }
import telnyx from '../../policies/telnyx.json' with { type: 'json' }
import tls13Hardened from '../../policies/tls13-hardened.json' with { type: 'json' }
import zeroTrust from '../../policies/zero-trust.json' with { type: 'json' }
import type { PackName } from './pack-names.ts'
import { type PolicyDocument, readPolicy } from './policy-document.ts'

/** The files of `policies/`, which a user may copy and change. */
const PACKS: Readonly<Record<PackName, unknown>> = {
  default: defaultPack,
  'zero-trust': zeroTrust,
  'tls13-hardened': tls13Hardened,
  'genesys-byoc-cloud': genesysByocCloud,
  telnyx,
  'genesys-byoc-premises': genesysByocPremises,
}

export function packOf(name: PackName): PolicyDocument {
  return readPolicy(PACKS[name], name)
}
