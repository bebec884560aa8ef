import { defineRule, finding, type RuleText } from '../rule.ts'
import { isSplit, servedNames, toldOf, turnEvidence } from './served-leaves.ts'

const text: RuleText = {
  id: 'tls-split-brain',
  severity: 'error',
  title: 'One name is served by two certificates that take turns',
  meaning:
    'Nodes behind one name do not show the same certificate: one of them missed a rotation. Calls work or fail by the node ' +
    'that answers, and all fail on the day that the old certificate ends.',
  shows: 'Two leaves for one name in alternation, or an older one after a newer.',
  causes: [
    'the standby node of a pair was not given the new certificate',
    'a load balancer with a pool member that was restored from an old backup',
    'two SBCs that each made a certificate of their own for the shared name',
  ],
  remedy: 'Install the same certificate and chain on every node behind the name, and switch over once to see it.',
  references: ['RFC 9525 §6', 'RFC 5922 §7.2'],
}

const MOST_SHOWN = 10

export const tlsSplitBrain = defineRule(text, (trace, policy, onLimit) => ({
  end: () =>
    toldOf(text, trace, servedNames(trace, policy, onLimit).filter(isSplit), ({ name, turns }) => {
      const leaves = new Map(turns.map(({ leaf }) => [leaf.fingerprint, leaf]))
      return finding(text, trace, {
        detail: `${name} is served by ${leaves.size} certificates that take turns: ${[...leaves.values()]
          .slice(0, 3)
          .map(({ serial, issuer }) => `serial ${serial} of ${issuer}`)
          .join('; ')}.`,
        at: turns.map(({ chain }) => chain.at),
        evidence: { name, certificates: leaves.size, turns: turns.slice(0, MOST_SHOWN).map(turnEvidence) },
      })
    }),
}))
