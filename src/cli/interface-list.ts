import type { Interface } from '../capture/live/interfaces.ts'
import { escapeText } from '../report/escape.ts'

/** The interfaces as a table, one a line: name, state, addresses, description. */
export function formatInterfaces(interfaces: readonly Interface[]): string {
  const rows = interfaces.map(({ name, up, loopback, addresses, description }) => [
    name,
    loopback ? 'loopback' : up ? 'up' : 'down',
    [addresses.join(', '), description === undefined ? '' : `(${description})`].filter((text) => text !== '').join(' '),
  ])
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column].length)))
  return rows
    .map((row) => `${escapeText(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).trimEnd()}\n`)
    .join('')
}
