import type { Attack } from '../attack.ts'
import { countOf, unheard } from './complete.ts'
import { fromCaller, type Sent, send } from './message.ts'

const MILLION = 1_000_000

/** Octets of one such message in its frame and record. */
const MESSAGE = invite(MILLION - 1).payload.length + 16 + 14 + 20 + 8

/** A dialog of one message each: nothing that comes later ever ends them. */
function dialogs(name: string, title: string, more: Partial<Attack> = {}): Attack {
  return {
    name,
    title,
    against: 'signalling',
    write(writer, octets) {
      send(writer, octets, (n) => [invite(n)])
    },
    missing(report) {
      const evicted = countOf(report, 'calls-evicted')
      const { calls, totals } = report
      return calls.length + evicted === totals.sipMessages
        ? unheard(report)
        : [`${calls.length} kept and ${evicted} given up are not all`]
    },
    ...more,
  }
}

export const CALL_IDS: readonly Attack[] = [
  dialogs('call-ids', 'an INVITE of a new Call-ID each'),
  dialogs('million-dialogs', 'a million dialogs of one message', { octets: MILLION * MESSAGE }),
  dialogs('million-dialogs-256', 'the same under --max-memory 256', {
    octets: MILLION * MESSAGE,
    args: ['--max-memory', '256'],
  }),
]

function invite(n: number): Sent {
  const id = n.toString().padStart(6, '0')
  return fromCaller({ callId: id, branch: id, fromTag: id, from: `sip:${id}@203.0.113.1` })
}
