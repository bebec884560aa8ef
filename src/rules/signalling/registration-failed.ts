import { CHALLENGES } from '../../sip/challenges.ts'
import type { RefusedRegistration } from '../../sip/watch/facts.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { shortened } from './shortened.ts'

const text: RuleText = {
  id: 'registration-failed',
  severity: 'warning',
  title: 'A registration is refused',
  meaning:
    'The registrar refused to bind an address of record, and no later try of the same client mended it: the phone or ' +
    'trunk cannot be called. A challenge (401, 407) that is answered with success is none, nor a 423 that is retried.',
  shows:
    'REGISTER that ends with 401 or 403 although credentials were sent, with 404, with 5xx, or is not retried at all.',
  causes: [
    'a wrong password or user name, or the realm of another domain (401 again and again, 403)',
    'an account that does not exist, is locked, or is registered too often already (404, 403)',
    'REGISTER to the wrong registrar, or over a transport that it does not take (403, 405, 421)',
    'a client without a password, or one that does not know the algorithm of the challenge (RFC 8760)',
    'an interval that is too brief for the registrar, and a client that asks for it again (423)',
    'nonces that are stale whenever they are used: nodes of a registrar that do not share them (401, stale=true)',
    'a registrar that is overloaded or has lost its database (500, 503)',
  ],
  remedy:
    'Compare user name, password, realm and domain of the account on both sides; where 5xx comes, look at the registrar. ' +
    'Let clients wait between tries (RFC 5626 §4.5), or the account may be locked.',
  references: ['RFC 3261 §10.2.8', 'RFC 3261 §10.3', 'RFC 3261 §22'],
}

/** What the statuses alone do not say. */
function whyOf({ statuses, stale }: RefusedRegistration): string {
  if (statuses.every(([status]) => status === 423))
    return ' The registrar wants a longer interval (its Min-Expires says how long), and the client does not ask for it.'
  // Of those that were looked at.
  const refusals = statuses.reduce((sum, [, count]) => sum + count, 0)
  if (!statuses.every(([status]) => CHALLENGES.has(status)) || stale < 2 || stale * 2 < refusals) return ''
  return (
    ' It says of the nonce that it is stale, and not of the password that it is wrong: most likely it does not keep its nonces (several nodes ' +
    'without a store in common), or the client does not take the new one.'
  )
}

/** More addresses of record than this are summed up. */
const MOST = 50

export const registrationFailed = defineRule(text, (trace) => ({
  end: () => {
    const { registrations, registrationsBeyond } = trace.signalling
    const describe = (refused: RefusedRegistration) => {
      const { addressOfRecord, statuses, refusals, unanswered, source, registrar, acceptedLater, at } = refused
      const words = [
        `REGISTER of ${shortened(addressOfRecord)} from ${source} was refused by ${registrar}`,
        `${refusals > 1 ? ` ${refusals} times` : ''}: ${statuses.map(([status]) => status).join(', ')}.`,
        unanswered ? ' The challenge was never answered with credentials.' : '',
        whyOf(refused),
        acceptedLater ? ' A later REGISTER was accepted.' : '',
      ]
      return finding(text, trace, {
        detail: words.join(''),
        at,
        evidence: {
          addressOfRecord: shortened(addressOfRecord),
          source,
          registrar,
          refusals,
          statuses: Object.fromEntries(statuses),
        },
      })
    }
    const rest = registrations.slice(MOST)
    const more = rest.reduce((sum, { refusals }) => sum + refusals, 0) + registrationsBeyond
    if (more === 0) return registrations.map(describe)
    return [
      ...registrations.slice(0, MOST).map(describe),
      finding(text, trace, {
        detail: `${more} more refusals, of ${registrationsBeyond > 0 ? 'at least ' : ''}${rest.length} other addresses of record.`,
        at: rest.flatMap(({ at: [first] }) => first),
        evidence: { addressesOfRecord: rest.length, refusals: more },
      }),
    ]
  },
}))
