import { UsageError } from '../scan/usage-error.ts'
import { checkGiven, given, type Target, targetsOf, wholeNumber } from './options.ts'
import type { ScanArguments } from './scan-command.ts'

/** The options of `srtp-scan live`, as yargs gives them. */
export interface LiveArguments extends ScanArguments {
  readonly interface?: string
  readonly list: boolean
  readonly filter?: string
  readonly hep?: string
  readonly hepKey?: string
  readonly duration?: number
  readonly count?: number
  readonly write?: string
  readonly rotateSize?: number
  readonly rotateTime?: number
  readonly buffer?: number
  readonly captureWith?: 'cap' | 'tcpdump' | 'dumpcap'
  readonly metrics?: string
  readonly user?: string
}

/** Longer than any timer may run. */
const MOST_SECONDS = 2_000_000
const MB = 1_000_000
/** A buffer is asked for in 31 bits. */
const MOST_BUFFER_MB = 2047

/** Numbers that were checked, in the units of what uses them. */
export interface LiveLimits {
  readonly durationMs?: number
  readonly count?: number
  readonly rotateBytes?: number
  readonly rotateMs?: number
  readonly bufferMb?: number
}

/** @throws UsageError for what yargs cannot check */
export function liveLimitsOf(args: LiveArguments): LiveLimits {
  checkGiven(args)
  if (args.captures.length > 0 || args.read.length > 0) {
    const [named] = [...args.captures, ...args.read]
    throw new UsageError(
      `live ${named}: no capture is read; an interface is named with -i, and srtp-scan ${named} scans`,
    )
  }
  if (args.interface === undefined && args.hep === undefined) {
    throw new UsageError('live: no interface is named: srtp-scan live -i eth0; --list shows those there are')
  }
  if (args.hepKey !== undefined && args.hep === undefined) {
    throw new UsageError('--hep-key: nothing listens for agents; --hep says where, :9060 on this machine')
  }
  if (args.write === undefined && (args.rotateSize ?? args.rotateTime) !== undefined) {
    throw new UsageError('--rotate-size, --rotate-time: nothing is kept; --write names the file')
  }
  if (args.write === '-') {
    throw new UsageError('--write -: a file is wanted; standard output is for the report')
  }
  const durationMs = milliseconds('--duration', args.duration)
  const rotateMs = milliseconds('--rotate-time', args.rotateTime)
  const count = wholeNumber('--count', args.count, 1, Number.MAX_SAFE_INTEGER)
  const bufferMb = wholeNumber('--buffer', args.buffer, 1, MOST_BUFFER_MB)
  const rotateMb = wholeNumber('--rotate-size', args.rotateSize, 1, 1_000_000)
  const rotateBytes = rotateMb === undefined ? undefined : rotateMb * MB
  return given({ durationMs, count, rotateBytes, rotateMs, bufferMb })
}

/** Where nobody says otherwise: for a terminal the report as text, else lines as things happen. */
export function liveTargetsOf({ format, output }: LiveArguments, isTerminal: boolean): Target[] {
  return format.length > 0 || output.length > 0 || isTerminal ? targetsOf(format, output) : [{ format: 'ndjson' }]
}

function milliseconds(option: string, seconds: number | undefined): number | undefined {
  if (seconds === undefined) return undefined
  if (seconds > 0 && seconds <= MOST_SECONDS) return seconds * 1000
  throw new UsageError(`${option}: seconds are wanted, more than 0 and at most ${MOST_SECONDS}`)
}
