import { capProcessPlace } from '../cap-process-place.ts'
import type { Account } from './account.ts'

/** What is to be captured. */
export interface CaptureRequest {
  readonly interface: string
  /** In the language of pcap-filter(7). */
  readonly filter: string
  /** Memory in the kernel where packets wait to be read, in MiB; absent where the tool's default will do. */
  readonly bufferMb?: number | undefined
  /** As whom the tool goes on once it has opened the interface, where root starts it. */
  readonly user?: Account | undefined
}

/** What a tool has said of its packets, in its own terms. */
export interface ToolCounts {
  readonly received?: number
  readonly dropped?: number
}

/** A program that writes a pcap stream to its standard output until it gets SIGINT. */
export interface CaptureTool {
  readonly name: ToolName
  /** Debian's package or npm's. */
  readonly install: string
  command(request: CaptureRequest): readonly [file: string, ...args: string[]]
  /** On standard error: it has opened the interface and understood the filter. */
  readonly listening: RegExp
  /** Reads its counts from a line of standard error; undefined where the line has none. */
  counts(line: string, loopback: boolean): ToolCounts | undefined
  /** Sent every second: it answers with its counts. */
  readonly countsOn?: NodeJS.Signals
  /** How long packets may wait in the kernel before it reads them: what came in before is read after that time. */
  readonly lagMs: number
}

export type ToolName = 'cap' | 'tcpdump' | 'dumpcap'

/**
 * Linux shows every packet on a loopback interface twice, as it goes out and as it comes in; libpcap passes the second
 * on, and the kernel's counters have both.
 */
const once = (count: number, loopback: boolean) => (loopback ? Math.ceil(count / 2) : count)

/**
 * A program as it is, with its process id and group, and beside it a shell that ends it when the pipe to it closes: with
 * us, however we end. A tool that waits for packets that never come would stay for ever.
 */
const WATCHED = [
  'sh',
  '-c',
  'exec 3<&0; (cat <&3; kill -TERM $$) >/dev/null 2>&1 & exec "$@" 3<&- </dev/null',
  'sh',
] as const

/** In the order in which they are tried: docs/decisions/live-sources.md. */
export const CAPTURE_TOOLS: readonly CaptureTool[] = [
  {
    name: 'cap',
    install: 'the npm package cap, which needs libpcap-dev and a compiler',
    // It has slots of 64 KiB for its packets: 4,000 of them.
    command: ({ interface: name, filter, bufferMb = 256, user }) => [
      process.execPath,
      ...process.execArgv.filter((argument) => !argument.startsWith('--inspect')),
      capProcessPlace(),
      name,
      filter,
      String(bufferMb),
      ...(user === undefined ? [] : [String(user.uid)]),
    ],
    listening: /^listening on /,
    // What the kernel drops it cannot tell; what it has no room for itself is what is known of drops.
    counts: (line) => {
      const dropped = numberIn(line, /^(\d+) packets without room/)
      return dropped === undefined ? undefined : { dropped }
    },
    lagMs: 500,
  },
  {
    name: 'tcpdump',
    install: 'tcpdump (Debian and others: package tcpdump)',
    // Not --immediate-mode: in slots of the largest packet 64 MiB hold a thousand, without it a quarter of a million.
    // Where nobody is named, root's tcpdump goes on as whom its package chose.
    command: ({ interface: name, filter, bufferMb = 64, user }) => [
      ...WATCHED,
      ...['tcpdump', '-n', '-U', '-i', name, '-B', String(bufferMb * 1024)],
      ...(user === undefined ? [] : ['-Z', user.name]),
      ...['-w', '-', '--', filter],
    ],
    listening: /listening on /,
    counts: (line, loopback) => {
      const received = numberIn(line, /(\d+) packets? received by filter/)
      const dropped = numberIn(line, /(\d+) packets? dropped by kernel/)
      if (received === undefined && dropped === undefined) return undefined
      return {
        ...(received !== undefined && { received: once(received, loopback) }),
        ...(dropped !== undefined && { dropped: once(dropped, loopback) }),
      }
    },
    countsOn: process.platform === 'linux' ? 'SIGUSR1' : 'SIGINFO',
    lagMs: 1200,
  },
  {
    name: 'dumpcap',
    install: 'dumpcap (Debian and others: package wireshark-common)',
    // Root's dumpcap stays root, and gives up all that root may do beside (its capabilities) by itself.
    command: ({ interface: name, filter, bufferMb = 64 }) => [
      ...WATCHED,
      ...['dumpcap', '-q', '-P', '-i', name, '-B', String(bufferMb), '-f', filter, '-w', '-'],
    ],
    listening: /^File: /,
    counts: (line, loopback) => {
      const [, passed, lost] = /received\/dropped on interface .*: (\d+)\/(\d+) \(/.exec(line) ?? []
      if (passed === undefined) return undefined
      const dropped = once(Number(lost), loopback)
      return { received: Number(passed) + dropped, dropped }
    },
    lagMs: 500,
  },
]

function numberIn(line: string, pattern: RegExp): number | undefined {
  const digits = pattern.exec(line)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
