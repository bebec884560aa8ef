import type { AnalysedChain } from '../../model/tls-facts.ts'
import { TLS_1_3 } from '../../tls/versions.ts'
import { defineRule, type RuleText } from '../rule.ts'
import { chainsOf, PeerFindings, peerKey, whose } from './tls-peers.ts'

const text: RuleText = {
  id: 'tls-chain-incomplete',
  severity: 'error',
  title: 'The server does not send the whole chain of its certificate',
  meaning:
    'Between the certificate of the server and a root an intermediate is missing from what the server sends. Clients that ' +
    'know the root alone cannot follow the chain and refuse it; browsers, which fetch what is missing, hide the fault.',
  shows:
    'The issuer of the last certificate that was sent is neither there nor a root that is known. Where it may itself be a ' +
    'private root, which no server has to send, a warning only. A chain out of order is a warning too.',
  causes: [
    'only the leaf was imported into the SBC, not the bundle that came with it',
    'the intermediate was renewed by the authority, and the old one is still sent',
    'the chain file was put together the wrong way round',
  ],
  remedy:
    'Install the leaf followed by every intermediate, in order, up to the one that the root issued. Where the root is ' +
    'private, name it with --ca-bundle.',
  references: ['RFC 5246 §7.4.2', 'RFC 8446 §4.4.2', 'RFC 5280 §6.1'],
}

const PROOFS: Readonly<Record<'public-authority' | 'sent-elsewhere' | 'root-sent', string>> = {
  'public-authority': 'it belongs to a public authority, whose roots issue no leaves',
  'sent-elsewhere': 'another connection shows it as an intermediate',
  'root-sent': 'a root was sent that did not issue it',
}

export const tlsChainIncomplete = defineRule(text, (trace) => ({
  end: () => {
    const found = new PeerFindings(text, trace)
    for (const shown of chainsOf(trace, ['server'])) {
      const { tls, chain, leaf, handshake } = shown
      if (leaf.selfSigned) continue
      const key = `${peerKey(shown)} ${leaf.fingerprint}`
      const evidence = { subject: leaf.subject, sent: chain.certificates.map(({ subject }) => subject) }
      const { missing } = chain
      if (missing !== undefined) {
        found.add(`${key} ${chain.path.length}`, tls, chain.at, () => ({
          severity: missing.proof === undefined ? 'warning' : undefined,
          title: missing.proof === undefined ? 'A chain whose last issuer is not known' : undefined,
          detail:
            `${whose(shown)} sends ${countText(chain)}; the issuer ${missing.name} is missing` +
            (missing.proof === undefined ? ', unless it is a private root.' : `: ${PROOFS[missing.proof]}.`),
          evidence: { ...evidence, missing: missing.name, ...(missing.proof && { proof: missing.proof }) },
        }))
      } else if (!chain.inOrder && handshake.serverHello?.version !== TLS_1_3) {
        found.add(`${key} order`, tls, chain.at, () => ({
          severity: 'warning',
          title: 'The server sends its chain out of order',
          detail: `${whose(shown)} sends its chain out of order: each certificate has to be followed by its issuer.`,
          evidence: { ...evidence, order: chain.path.map(({ subject }) => subject) },
        }))
      }
    }
    return found.findings()
  },
}))

function countText({ certificates }: AnalysedChain): string {
  const { length } = certificates
  return length === 1 ? 'its certificate alone' : `${length} certificates`
}
