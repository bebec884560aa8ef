import { readFile } from 'node:fs/promises'
import type { Account } from '../capture/live/account.ts'
import { CaptureKeeper } from '../capture/live/capture-keeper.ts'
import type { ChildSource } from '../capture/live/child-source.ts'
import { firstPackets } from '../capture/live/first-packets.ts'
import { HepSource } from '../capture/live/hep-source.ts'
import { openInterface } from '../capture/live/open-interface.ts'
import { joinSources } from '../live/joined-sources.ts'
import { cannotListen, parseListenAddress } from '../live/listen-address.ts'
import type { LiveSource } from '../live/live-source.ts'
import { UsageError } from '../scan/usage-error.ts'
import type { LiveArguments, LiveLimits } from './live-arguments.ts'
import { given } from './options.ts'

/** Where the packets of a live scan come from, and what is to be said of it at the end. */
export interface OpenedSource {
  readonly source: LiveSource
  /** Lines for the user: what was captured, dropped, not kept, and what went wrong. */
  closingLines(): string[]
  /** Ends it, whether it has ended or not. */
  close(): void
}

/** Who opens sources, and hears of them. */
export interface SourceUser {
  /** As whom the scan will go on, where it gives up root. */
  readonly user: Account | undefined
  /** Called when all is open that only root may open, before a packet is read and a file is written. */
  readonly onceOpen: () => void
  /** Called with a line where the file cannot be written any more, or the interface brings nothing more. */
  readonly onTrouble: (line: string) => void
}

/**
 * Opens the interface, the listener and the file that keeps what they bring.
 *
 * @throws CaptureError, UsageError: one line that says what to do
 */
export async function openSources(
  args: LiveArguments,
  limits: LiveLimits,
  { user, onceOpen, onTrouble }: SourceUser,
): Promise<OpenedSource> {
  const { interface: name, filter, captureWith, write, hep, hepKey } = args
  const { bufferMb, rotateBytes, rotateMs, count } = limits
  const child =
    name === undefined
      ? undefined
      : await openInterface({ interface: name, ...given({ filter, bufferMb, captureWith, user }) })
  child?.octets.once('end', () => {
    const trouble = child.trouble()
    if (trouble !== undefined) onTrouble(trouble)
  })
  const opened: LiveSource[] = child === undefined ? [] : [child]
  const closeAll = (): void => {
    for (const one of opened) {
      one.octets.destroy()
      void one.stop()
    }
  }
  try {
    // Last: what agents send is read in the turn after this one, and no more as root.
    if (hep !== undefined) opened.push(await openHep(hep, hepKey))
    onceOpen()
  } catch (error) {
    closeAll()
    throw error
  }
  const joined = joinSources(opened)
  const close = (): void => {
    joined.octets.destroy()
    void joined.stop()
  }
  // Only now: what an earlier scan has kept there is not lost for a misspelt interface.
  const keeping =
    write === undefined ? undefined : CaptureKeeper.open({ path: write, rotateBytes, rotateMs, onTrouble })
  const keeper = await keeping?.catch((error) => {
    close()
    throw error
  })
  let { octets } = joined
  if (count !== undefined) octets = firstPackets(octets, count, () => void joined.stop())
  if (keeper !== undefined) octets = keeper.keep(octets)
  return {
    source: {
      ...{ name: joined.name, octets },
      counts: () => joined.counts(),
      trouble: () => joined.trouble?.(),
      stop: () => joined.stop(),
    },
    close,
    closingLines: () => [
      ...(child === undefined ? [] : linesOf(child)),
      ...(keeper === undefined || keeper.missedBytes === 0
        ? []
        : [`${write}: ${keeper.missedBytes} octets of the capture were not kept`]),
    ],
  }
}

async function openHep(text: string, keyFile: string | undefined): Promise<HepSource> {
  const address = parseListenAddress('--hep', text, 9060)
  const key = keyFile === undefined ? undefined : (await readKey(keyFile)).trim()
  if (key === '') throw new UsageError(`${keyFile}: no password; the file holds one line with it`)
  return HepSource.open({ ...address, ...given({ key }) }).catch((cause) => {
    throw cannotListen('--hep', address, cause)
  })
}

function readKey(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause) => {
    throw new UsageError(`${path}: cannot be read (${cause.code})`, cause)
  })
}

function linesOf(child: ChildSource): string[] {
  const { received, dropped } = child.counts()
  const counted =
    child.tool.name === 'cap'
      ? dropped === undefined
        ? 'what was dropped is not known, for cap cannot tell; --capture-with tcpdump can'
        : `${dropped} packets dropped at least; cap cannot tell of more`
      : received === undefined
        ? `what was dropped is not known: ${child.tool.name} said nothing`
        : `${received} packets received, ${dropped ?? 0} of them dropped (${child.tool.name})`
  return [`${child.name}: ${counted}`]
}
