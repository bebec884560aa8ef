import type { CryptoAttribute } from '../sdp/crypto-attribute.ts'
import type { MasterKey } from '../srtp/session-keys.ts'
import { suiteByName } from '../srtp/suites.ts'
