import type { Attack } from './attack.ts'
import { CALL_IDS } from './signalling/call-ids.ts'
import { TRANSPORT } from './transport/list.ts'

export const ATTACKS: readonly Attack[] = [...TRANSPORT, CALL_IDS]
