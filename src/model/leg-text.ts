import { type Endpoint, formatEndpoint } from '../bytes/endpoint.ts'

const TEXTS = new Map<Endpoint, Map<Endpoint, string>>()
const MOST_PAIRS = 4096
let pairs = 0

/** `192.0.2.1:5060 > 192.0.2.2:5060`: a hop of the signalling. The calls of two hosts share one text. */
export function legText({
  source,
  destination,
}: {
  readonly source: Endpoint
  readonly destination: Endpoint
}): string {
  const known = TEXTS.get(source)?.get(destination)
  if (known !== undefined) return known
  const text = `${formatEndpoint(source)} > ${formatEndpoint(destination)}`
  if (++pairs > MOST_PAIRS) {
    TEXTS.clear()
    pairs = 1
  }
  const ofSource = TEXTS.get(source)
  if (ofSource === undefined) TEXTS.set(source, new Map([[destination, text]]))
  else ofSource.set(destination, text)
  return text
}
