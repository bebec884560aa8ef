import { Socket } from 'node:net'
import { accountOf, giveUpRoot } from './account.ts'
import { linkTypeOf } from './cap-link-types.ts'
import { RecordQueue } from './record-queue.ts'

type CapModule = typeof import('cap').default

/** cap asks libpcap for no more. */
const SNAP_LENGTH = 65_535
const TOLD_EVERY_MS = 1000
const MIB = 2 ** 20

/** What the process is to do, and with what. */
export interface CapProcess {
  readonly device: string
  readonly filter: string
  /** Room in the kernel, and at most as much again here. */
  readonly bufferMb: number
  /** Called when the interface is open, before anything is read from it. */
  readonly opened?: () => void
  /** @throws where cap is not installed */
  readonly load: () => Promise<CapModule>
  /** Writes octets to standard output; resolves when they were taken. */
  readonly write: (octets: Uint8Array) => Promise<void>
  /** Writes a line to standard error. */
  readonly tell: (line: string) => void
  /** Resolves when it is to end. */
  readonly until: Promise<void>
}

/**
 * Captures through libpcap and writes a pcap stream, as tcpdump would. In a process of its own, since cap gives no times
 * of the kernel's, reads in the thread it was loaded in, has no way to wait, and ends its process on some failures:
 * here nothing else keeps the thread, a frame gets its time at once, and what finds no room is counted.
 *
 * @returns the exit status
 */
export async function runCapProcess(process: CapProcess): Promise<number> {
  const { device, filter, bufferMb, opened, load, write, tell, until } = process
  let cap: CapModule
  try {
    cap = await load()
  } catch {
    tell('cap is not installed')
    return 1
  }
  const frame = Buffer.alloc(SNAP_LENGTH)
  const source = new cap.Cap()
  let linkType: number | undefined
  try {
    const name = source.open(device, filter, bufferMb * MIB, frame)
    linkType = linkTypeOf(name)
    if (linkType === undefined) throw new Error(`link type ${name} is not known`)
    opened?.()
  } catch (error) {
    tell((error as Error).message)
    return 1
  }
  const queue = new RecordQueue(linkType, SNAP_LENGTH, bufferMb * MIB)
  let writing: Promise<void> | undefined
  let giveUp: () => void = () => {}
  const nobodyReads = new Promise<void>((resolve) => {
    giveUp = resolve
  })
  const drain = async () => {
    for (let octets = queue.take(); octets.length > 0; octets = queue.take()) await write(octets)
    writing = undefined
  }
  const pump = () => {
    writing ??= drain().catch(giveUp)
  }
  source.on('packet', (length, truncated) => {
    const timeUs = Math.floor((performance.timeOrigin + performance.now()) * 1000)
    queue.push(frame.subarray(0, length), truncated ? length + 1 : length, timeUs)
    pump()
  })
  pump()
  tell(`listening on ${device}`)
  let told = 0
  const tellDrops = () => {
    if (queue.refused !== told) tell(`${queue.refused} packets without room`)
    told = queue.refused
  }
  const timer = setInterval(tellDrops, TOLD_EVERY_MS)
  await Promise.race([until, nobodyReads])
  clearInterval(timer)
  source.close()
  await writing
  tellDrops()
  return 0
}

/**
 * The process itself: arguments are the device, the filter, the buffer in MiB and, where root is to be given up, as which user
 * it goes on, by number. Ends on SIGINT, or with its parent.
 */
export async function main([device, filter, bufferMb, uid]: readonly string[]): Promise<never> {
  const until = new Promise<void>((resolve) => {
    process.on('SIGINT', resolve)
    process.stdin.once('end', resolve).once('close', resolve).resume()
  })
  // Not process.stdout, whose writes block: frames would wait in the kernel, where nobody counts them.
  const output = new Socket({ fd: 1, readable: false, writable: true }).on('error', () => undefined)
  const status = await runCapProcess({
    ...{ device, filter, bufferMb: Number(bufferMb), until },
    opened: () => uid !== undefined && giveUpRoot(accountOf(Number(uid))),
    load: async () => (await import('cap')).default,
    write: (octets) =>
      new Promise((resolve, reject) => {
        output.write(octets, (error) => (error ? reject(error) : resolve()))
      }),
    tell: (line) => process.stderr.write(`${line}\n`),
  }).catch(() => 1)
  // cap leaves a handle behind.
  process.exit(status)
}
