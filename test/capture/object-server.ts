import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StoredObject {
  octets: Uint8Array
  /** Goes along as it is; none where absent. */
  entityTag?: string
  /** The server knows no ranges. */
  whole?: boolean
  /** Answers something else to a request: says whether it did. */
  instead?: (answer: ServerResponse, range: { from: number; to: number } | undefined) => boolean
}

/** A server of objects on the loopback interface that gives ranges (RFC 9110 §14), and notes what it was asked. */
export class ObjectServer {
  readonly objects = new Map<string, StoredObject>()
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[] = []
  readonly #server = createServer(({ url = '', headers }, answer) => {
    const [path] = url.split('?')
    this.requests.push({ path: url, headers })
    const object = this.objects.get(path)
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
    const size = object?.octets.length ?? 0
    const range = first === undefined ? undefined : { from: Number(first), to: Math.min(Number(last), size - 1) }
    if (object?.instead?.(answer, range)) return
    if (object === undefined) return void answer.writeHead(404).end()
    const { octets, entityTag } = object
    const tag = entityTag === undefined ? {} : { etag: entityTag }
    const changed = headers['if-range'] !== undefined && headers['if-range'] !== entityTag
    if (range === undefined || object.whole || changed) {
      return void answer.writeHead(200, { ...tag, 'content-length': octets.length }).end(octets)
    }
    if (range.from >= size) return void answer.writeHead(416, { 'content-range': `bytes */${size}` }).end()
    const part = octets.subarray(range.from, range.to + 1)
    answer.writeHead(206, { ...tag, 'content-range': `bytes ${range.from}-${range.to}/${size}` }).end(part)
  })

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  url(path: string, credentials = ''): string {
    return `http://${credentials}127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
