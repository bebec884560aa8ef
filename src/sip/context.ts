import type { Endpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'

export type Transport = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'

/** How a SIP message travelled. */
export interface MessageContext {
  /** The frame that completed the message. */
  readonly at: FrameRef
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly transport: Transport
}
