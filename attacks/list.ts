import type { Attack } from './attack.ts'
import { CALL_IDS } from './signalling/call-ids.ts'

export const ATTACKS: readonly Attack[] = [CALL_IDS]
