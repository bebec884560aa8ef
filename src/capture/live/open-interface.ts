import type { Account } from './account.ts'
import { DEFAULT_FILTER, DEFAULT_FILTER_WITHOUT_VLAN } from './capture-filter.ts'
import { CAPTURE_TOOLS, type CaptureTool, type ToolName } from './capture-tools.ts'
import { ChildSource } from './child-source.ts'
import { type Interface, listInterfaces } from './interfaces.ts'
import { explainFailures, OpenFailure } from './open-failure.ts'

export interface InterfaceOptions {
  readonly interface: string
  /** In the language of pcap-filter(7); by default what may be SIP or media (capture-filter.ts). */
  readonly filter?: string
  /** Memory in the kernel where packets wait to be read, in MiB; the default is the tool's. */
  readonly bufferMb?: number
  /** As whom the tool goes on once it has opened the interface, where root starts it. */
  readonly user?: Account
  /** Only this one is tried. */
  readonly captureWith?: ToolName
  readonly tools?: readonly CaptureTool[]
  readonly interfaces?: readonly Interface[]
}

/**
 * Begins to capture from an interface with the first tool that can.
 *
 * @throws CaptureError where none can: what to install, which permission to give, which interfaces there are, what is
 * wrong with the filter
 */
export async function openInterface(options: InterfaceOptions): Promise<ChildSource> {
  const { interface: name, filter, captureWith, tools = CAPTURE_TOOLS, interfaces = listInterfaces() } = options
  const { bufferMb, user } = options
  const request = { interface: name, filter: filter ?? DEFAULT_FILTER, bufferMb, user }
  const loopback = interfaces.some((one) => one.name === name && one.loopback)
  const failures: OpenFailure[] = []
  for (const tool of tools.filter((one) => captureWith === undefined || one.name === captureWith)) {
    try {
      return await ChildSource.open(tool, request, loopback).catch((error) => {
        if (filter !== undefined || !(error instanceof OpenFailure) || error.kind !== 'no-vlan') throw error
        return ChildSource.open(tool, { ...request, filter: DEFAULT_FILTER_WITHOUT_VLAN }, loopback)
      })
    } catch (error) {
      if (!(error instanceof OpenFailure)) throw error
      failures.push(error)
      // Another tool would find the same wrong.
      if (error.kind !== 'missing' && error.kind !== 'permission') break
    }
  }
  throw explainFailures(name, failures, filter, interfaces)
}
