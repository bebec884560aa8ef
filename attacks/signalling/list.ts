import type { Attack } from '../attack.ts'
import { CALL_IDS } from './call-ids.ts'
import { CONNECTIONS } from './connections.ts'
import { DESCRIPTIONS } from './descriptions.ts'
import { EXCHANGES } from './exchanges.ts'
import { FLOODS } from './floods.ts'
import { HEADERS } from './headers.ts'

export const SIGNALLING: readonly Attack[] = [
  ...CALL_IDS,
  ...FLOODS,
  ...HEADERS,
  ...DESCRIPTIONS,
  ...EXCHANGES,
  ...CONNECTIONS,
]
