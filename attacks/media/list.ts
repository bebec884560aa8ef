import type { Attack } from '../attack.ts'
import { PORT_SCAN, SOURCE_PORTS } from './ports.ts'
import { MILLION_SSRCS } from './ssrcs.ts'

/** Attacks on RTP, RTCP, and their keys. */
export const MEDIA: readonly Attack[] = [MILLION_SSRCS, SOURCE_PORTS, PORT_SCAN]
