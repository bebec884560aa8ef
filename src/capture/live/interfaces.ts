import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'

/** A network interface as `srtp-scan live --list` shows it. */
export interface Interface {
  readonly name: string
  /** IPv4 and IPv6, without prefix lengths. */
  readonly addresses: readonly string[]
  /** What it is, in a word or by the name that its owner gave it; absent where the system says nothing. */
  readonly description?: string
  readonly up: boolean
  readonly loopback: boolean
}

/** What Linux knows of interfaces, readable by everybody. */
const LINUX_INTERFACES = '/sys/class/net'
/** IFF_UP and IFF_LOOPBACK of <linux/if.h>. */
const UP = 0x1
const LOOPBACK = 0x8

/**
 * The interfaces there are, by name; needs no permission. Node tells those that are up and have an address, Linux all
 * others.
 *
 * @param folder where Linux lists them
 */
export function listInterfaces(folder = LINUX_INTERFACES): Interface[] {
  const known = networkInterfaces()
  const names = new Set([...Object.keys(known), ...namesIn(folder)])
  const interfaces = [...names].sort().map((name): Interface => {
    const addresses = known[name] ?? []
    const flags = Number(read(join(folder, name, 'flags')) || Number.NaN)
    const description = read(join(folder, name, 'ifalias')) || kindOf(join(folder, name))
    return {
      name,
      addresses: addresses.map(({ address }) => address),
      ...(description !== undefined && { description }),
      up: Number.isNaN(flags) ? true : (flags & UP) !== 0,
      loopback: Number.isNaN(flags) ? addresses.some(({ internal }) => internal) : (flags & LOOPBACK) !== 0,
    }
  })
  if (!existsSync(folder)) return interfaces
  return [...interfaces, { name: 'any', addresses: [], description: 'all of them', up: true, loopback: false }]
}

/** Links stand for interfaces; a plain file there (bonding_masters) does not. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'flags')))
  } catch {
    return []
  }
}

/** DEVTYPE of the kernel's event: `wlan`, `bridge`, `vlan`, `bond`; a plain network card has none. */
function kindOf(place: string): string | undefined {
  return /^DEVTYPE=(.+)$/m.exec(read(join(place, 'uevent')))?.[1]
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
