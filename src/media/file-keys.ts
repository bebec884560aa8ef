import type { KeyEntry } from '../srtp/keys-file.ts'
import type { ScheduledKey } from '../srtp/scheduled-key.ts'
import type { Keyring } from './keyring.ts'
import type { ObservedStream } from './observed-stream.ts'
