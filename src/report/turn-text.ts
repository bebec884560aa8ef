import type { TurnReport } from '../model/report.ts'

/** How a stream goes through a TURN server: its ends on the wire are not those of the stream. */
export function turnText({ channel, client, server }: TurnReport): string {
  const way = channel === undefined ? 'by TURN indications' : `by TURN channel ${channel}`
  if (client !== undefined) return `${way} of ${client} at ${server}`
  return channel === undefined ? way : `${way}, whose binding was not captured`
}
