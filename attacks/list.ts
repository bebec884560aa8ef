import type { Attack } from './attack.ts'
import { MEDIA } from './media/list.ts'
import { CALL_IDS } from './signalling/call-ids.ts'
import { TRANSPORT } from './transport/list.ts'

export const ATTACKS: readonly Attack[] = [...TRANSPORT, CALL_IDS, ...MEDIA]
