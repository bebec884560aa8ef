import { realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { CaptureError, type CaptureErrorCode } from '../capture-error.ts'
import type { CaptureTool, ToolName } from './capture-tools.ts'
import type { Interface } from './interfaces.ts'

/** Why a tool did not begin to capture. */
export type FailureKind = 'missing' | 'permission' | 'interface' | 'no-vlan' | 'filter' | 'other'

/** A tool ended, or could not be started, before it captured anything. */
export class OpenFailure extends Error {
  override readonly name = 'OpenFailure'
  readonly kind: FailureKind
  readonly tool: CaptureTool
  /** What the tool said, in one line. */
  readonly reason: string

  constructor(kind: FailureKind, tool: CaptureTool, reason: string, cause?: unknown) {
    super(`${tool.name}: ${reason}`, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.tool = tool
    this.reason = reason
  }
}

/** By what libpcap, tcpdump and dumpcap say; the first that fits. */
const KINDS: readonly (readonly [pattern: RegExp, kind: FailureKind])[] = [
  [/cap is not installed|exec: .*not found/, 'missing'],
  [/permission|operation not permitted|must be root/i, 'permission'],
  [/no such device|no device named|no such interface|device .*not found/i, 'interface'],
  [/no VLAN support/i, 'no-vlan'],
  [/filter|syntax error|expression|illegal|unknown (host|port|network|protocol|ether)|modifier|qualifier/i, 'filter'],
]

/** cap's process is ended by this where its interface goes down. */
const WENT_DOWN = /binding\.cc:.*Assertion .status == 0/

/**
 * The failure of a tool that has said `said` on its standard error and ended.
 *
 * @param signal what ended it, where it did not end by itself
 */
export function openFailure(tool: CaptureTool, said: string, signal?: string | null): OpenFailure {
  const lines = said
    .split('\n')
    .filter((line) => tool.counts(line, false) === undefined && !/\d packets? captured/.test(line))
    .map((line) => line.replace(/^(tcpdump|dumpcap): /, '').trim())
    .filter((line) => line !== '' && !/^(Warning:|Capturing on|data link type|listening on|File:) ?/i.test(line))
  const words = WENT_DOWN.test(said) ? 'the interface went down' : lines[0]
  const silent = signal ? `it was ended by ${signal}` : 'it ended without a word'
  const reason = /isn't a valid capture filter \((.*)\)/.exec(said)?.[1] ?? words ?? silent
  const kind = KINDS.find(([pattern]) => pattern.test(said))?.[1] ?? 'other'
  return new OpenFailure(kind, tool, reason)
}

/** One line for the user: what is wrong with the interface, the filter or the machine, and what to do. */
export function explainFailures(
  name: string,
  failures: readonly OpenFailure[],
  filter: string | undefined,
  interfaces: readonly Interface[],
): CaptureError {
  const telling = failures.find(({ kind }) => kind !== 'missing' && kind !== 'permission')
  const isKnown = interfaces.some((one) => one.name === name)
  // Who may not capture is not told whether there is such an interface.
  if (telling?.kind === 'interface' || (telling === undefined && !isKnown && interfaces.length > 0)) {
    return error('INTERFACE', name, `no such interface; there are ${interfaces.map((one) => one.name).join(', ')}`)
  }
  if (telling?.kind === 'filter' || telling?.kind === 'no-vlan') {
    const right = 'a filter as tcpdump takes it is wanted, such as "udp portrange 10000-20000"'
    return error('FILTER', name, `--filter ${filter}: ${telling.reason}; ${right}`)
  }
  if (telling !== undefined) return error('UNREADABLE', name, `cannot be captured from (${telling.message})`, telling)
  const refusals = failures.filter(({ kind }) => kind === 'permission')
  // A capability on node would hold for every script.
  const refused = refusals.find(({ tool }) => tool.name !== 'cap') ?? refusals[0]
  if (refused !== undefined) {
    const place = placeOf(refused.tool.name)
    return error('PERMISSION', name, `no permission to capture: sudo setcap cap_net_raw,cap_net_admin+eip ${place}`)
  }
  const right = failures.map(({ tool }) => tool.install).join(', or ')
  return error('TOOL_MISSING', name, `nothing to capture with is installed; install ${right}`)
}

type LiveCode<C = CaptureErrorCode> = C extends `SRTP_SCAN_LIVE_${infer Rest}` ? Rest : never

function error(code: LiveCode, name: string, what: string, cause?: unknown): CaptureError {
  return new CaptureError(`SRTP_SCAN_LIVE_${code}`, name, what, cause)
}

/** The file that capabilities are given to: links are followed, since they have none. */
function placeOf(tool: ToolName): string {
  if (tool === 'cap') return process.execPath
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']) {
    try {
      return realpathSync(join(folder, tool))
    } catch {
      // Not in this one.
    }
  }
  return tool
}
