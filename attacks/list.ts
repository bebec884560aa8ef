import type { Attack } from './attack.ts'
import { MEDIA } from './media/list.ts'
import { SIGNALLING } from './signalling/list.ts'
import { TRANSPORT } from './transport/list.ts'

export const ATTACKS: readonly Attack[] = [...TRANSPORT, ...SIGNALLING, ...MEDIA]
