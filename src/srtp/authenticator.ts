import { GcmAuthenticator } from './gcm-authenticator.ts'
import { HmacSha1Authenticator } from './hmac-sha1-authenticator.ts'
import { RederivingAuthenticator } from './rederiving-authenticator.ts'
import type { SessionKeys } from './session-keys.ts'
import type { Authentication } from './suites.ts'
import type { Authenticator } from './verdict.ts'

export { type Authenticator, isVerified, Verdict } from './verdict.ts'

/** What verifies the packets of a suite; one without a tag for SRTP still has one for SRTCP. */
const BY_AUTHENTICATION: Readonly<Record<Authentication, new (keys: SessionKeys) => Authenticator>> = {
  'hmac-sha1': HmacSha1Authenticator,
  gcm: GcmAuthenticator,
  none: HmacSha1Authenticator,
}

/** The authenticator of a key: the reference implementation on node:crypto. */
export function createAuthenticator(keys: SessionKeys): Authenticator {
  const { rederivation } = keys
  return rederivation === undefined
    ? authenticatorOf(keys)
    : new RederivingAuthenticator(keys, rederivation.kdr, authenticatorOf)
}

function authenticatorOf(keys: SessionKeys): Authenticator {
  return new BY_AUTHENTICATION[keys.suite.authentication](keys)
}
