import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { seededOctets } from '../../samples/seeded-random.ts'
import { scan } from '../../src/scan/scan.ts'
import { type Sent, send } from '../judgement/build/media-flow.ts'
import { parties } from '../judgement/build/telephone-call.ts'
import { Trace } from '../judgement/build/trace.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'turned-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

/** What a codec leaves that is not told from an encrypted payload. */
const compressed = (sent: Sent, n: number): Sent => ({
  ...sent,
  payload: seededOctets(`turned/${sent.ssrc}/${n}`, 160),
})

test('an INVITE without an offer that was not captured: what its ACK shows does not depend on when media asks', async () => {
  const trace = new Trace()
  const plain = { crypto: [] }
  const { dialog, caller, callee } = parties(trace, { caller: plain, callee: plain })
  const invite = dialog.request(0, 'caller', 'INVITE')
  dialog.respond(900, invite, '200 OK', { body: callee.describe() })
  // Behind a NAT, which no description tells of.
  const phone = { address: '192.0.2.7', port: 50_000 }
  const [there, back] = [
    { from: phone, to: callee.media, each: compressed },
    { from: callee.media, to: phone, each: compressed },
  ]
  send(trace, { label: 'there', ...there, startMs: 910, endMs: 2500 })
  send(trace, { label: 'back', ...back, startMs: 910, endMs: 2500 })
  dialog.acknowledge(1400, invite, false, { body: caller.describe() })
  trace.keep((_, atMs) => atMs > 0)
  const path = join(FOLDER, 'one.pcap')
  writeFileSync(path, trace.file())
  const [whole, inSlabs] = await Promise.all(
    [undefined, 4096].map(async (slabBytes) => {
      const { streams, calls } = await scan({ captures: [path], ...(slabBytes && { slabBytes }) })
      return { streams, sessions: calls.map(({ sessions }) => sessions) }
    }),
  )
  expect(inSlabs).toEqual(whole)
  expect(whole.streams.map(({ plain, packets }) => plain === packets)).toEqual([true, true, true, true])
})
