import type { TlsPeer } from '../../model/tls-report.ts'
import { formatNumber } from '../../report/layout.ts'
import { type FactColumn, FactsTable } from './facts-table.tsx'

const CERTIFICATES = {
  visible: '',
  hidden: 'not visible without secrets',
  none: 'none sent',
  'not-captured': 'not captured',
} as const

const COLUMNS: readonly FactColumn<TlsPeer>[] = [
  { title: 'Server', cell: ({ server, name }) => (name === undefined ? server : `${server} (${name})`) },
  {
    title: 'Clients',
    isProse: true,
    cell: ({ clients, moreClients = 0 }) =>
      `${clients.slice(0, 3).join(', ')}${clients.length > 3 || moreClients > 0 ? ` and ${clients.length - Math.min(3, clients.length) + moreClients} more` : ''}`,
  },
  { title: 'Handshakes', isNumber: true, cell: ({ handshakes }) => formatNumber(handshakes) },
  { title: 'Version', cell: ({ version }) => version ?? '–' },
  {
    title: 'Suite',
    cell: ({ cipher, group }) => [cipher, group].filter((part) => part !== undefined).join(', ') || '–',
  },
  {
    title: 'Certificate',
    isProse: true,
    cell: ({ certificates, chain = [] }) =>
      chain.length === 0 ? CERTIFICATES[certificates] : `${chain[0].subject}, by ${chain[0].issuer}`,
  },
  {
    title: 'Ends',
    cell: ({ chain = [] }) =>
      chain.length === 0 ? '' : `${chain[0].notAfter.slice(0, 10)} (${chain[0].daysLeft} days)`,
  },
  { title: 'Found', isProse: true, cell: ({ findings }) => findings.join(', ') },
]

/** What the servers of TLS connections negotiated and showed. */
export function TlsPeers({ peers }: { readonly peers: readonly TlsPeer[] }) {
  return (
    <section id="tls" aria-labelledby="tls-title">
      <h2 id="tls-title">TLS</h2>
      <FactsTable label="TLS servers" columns={COLUMNS} values={peers} />
    </section>
  )
}
