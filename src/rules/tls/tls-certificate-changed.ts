import { defineRule, finding, type RuleText } from '../rule.ts'
import { isSplit, servedNames, toldOf, turnEvidence } from './served-leaves.ts'

const text: RuleText = {
  id: 'tls-certificate-changed',
  severity: 'info',
  title: 'One name is served by a new certificate',
  meaning:
    'Within the capture a server changed its certificate, from one to a newer one: a rotation. Worth knowing where peers ' +
    'pin the certificate or its issuer.',
  shows: 'Two leaves for one name, the newer one last. Nodes that take turns are tls-split-brain.',
  causes: ['the usual renewal', 'a move to another authority'],
  remedy: 'Nothing, where it was meant. Peers that pin certificates need the new one.',
  references: ['RFC 9525 §6', 'RFC 5922 §7.2'],
}

export const tlsCertificateChanged = defineRule(text, (trace, policy, onLimit) => ({
  end: () =>
    toldOf(
      text,
      trace,
      servedNames(trace, policy, onLimit).filter((served) => !isSplit(served)),
      ({ name, turns }) => {
        const [before, after] = [turns[0], turns[turns.length - 1]]
        return finding(text, trace, {
          detail: `${name} is served by a new certificate from frame ${after.chain.at.frame} on: ${after.leaf.subject}, issued by ${after.leaf.issuer}.`,
          at: turns.map(({ chain }) => chain.at),
          evidence: { name, before: turnEvidence(before), after: turnEvidence(after) },
        })
      },
    ),
}))
