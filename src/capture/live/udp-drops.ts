import { readFileSync } from 'node:fs'

const TABLES = ['/proc/net/udp', '/proc/net/udp6']

/**
 * Datagrams that the operating system had no room for, at sockets of this port; undefined where it does not tell (Linux
 * does). A row of the table: number, local address and port in hexadecimal, …, and drops as the last.
 */
export function udpSocketDrops(
  port: number,
  read = (path: string) => readFileSync(path, 'latin1'),
): number | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  let drops: number | undefined
  for (const path of TABLES) {
    for (const row of rowsOf(path, read)) {
      const fields = row.trim().split(/ +/)
      const count = Number(fields.at(-1))
      if (fields[1]?.endsWith(`:${hex}`) && Number.isSafeInteger(count)) drops = (drops ?? 0) + count
    }
  }
  return drops
}

function rowsOf(path: string, read: (path: string) => string): readonly string[] {
  try {
    return read(path).split('\n').slice(1)
  } catch {
    return []
  }
}
