import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { VERSION } from '../scan/version.ts'
import { cannotListen, formatListenAddress, type ListenAddress } from './listen-address.ts'
import { MetricSeries } from './metric-series.ts'
import type { Snapshot } from './snapshot.ts'

/** Far more than those who scrape. */
const MOST_CONNECTIONS = 64

/** A Prometheus endpoint: `GET /metrics`. */
export interface MetricsEndpoint {
  /** Where it listens: `127.0.0.1:9090`. */
  readonly at: string
  /** Shows what is known now. */
  update(snapshot: Snapshot): void
  close(): Promise<void>
}

/**
 * Serves the series of a live scan in Prometheus' text format. What is scraped is the state of the last `update`.
 *
 * @throws UsageError where nothing can listen there
 */
export async function openMetrics(listen: ListenAddress): Promise<MetricsEndpoint> {
  const client = (await import('prom-client')).default
  const registry = new client.Registry()
  const series = new MetricSeries(client, registry)
  const build = new client.Gauge({
    name: 'srtp_scan_build_info',
    help: 'The version that runs; always 1',
    labelNames: ['version'],
    registers: [registry],
  })
  build.set({ version: VERSION }, 1)
  // A scrape that fails is the scraper's to repeat, and no reason for a scan to end.
  const server = createServer((request, response) => {
    answer(request, response, registry).catch(() => response.destroy())
  })
  server.maxConnections = MOST_CONNECTIONS
  try {
    server.listen(listen.port, listen.host)
    await once(server, 'listening')
  } catch (cause) {
    throw cannotListen('--metrics', listen, cause)
  }
  server.on('error', () => undefined)
  client.collectDefaultMetrics({ register: registry })
  const { address, port } = server.address() as AddressInfo
  return {
    at: formatListenAddress({ host: address, port }),
    update: (snapshot) => series.update(snapshot, Date.now()),
    async close() {
      registry.clear()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function answer({ method, url }: IncomingMessage, response: ServerResponse, registry: Registry): Promise<void> {
  const [path] = (url ?? '').split('?')
  const isRead = method === 'GET' || method === 'HEAD'
  if (path !== '/metrics' || !isRead) {
    response.writeHead(isRead ? 404 : 405, { 'content-type': 'text/plain; charset=utf-8', allow: 'GET, HEAD' })
    response.end('The metrics are at GET /metrics.\n')
    return
  }
  const text = await registry.metrics()
  response.writeHead(200, { 'content-type': registry.contentType, 'content-length': Buffer.byteLength(text) })
  response.end(method === 'HEAD' ? undefined : text)
}
