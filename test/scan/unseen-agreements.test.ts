import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { scan } from '../../src/scan/scan.ts'
import { send } from '../judgement/build/media-flow.ts'
import { crypto, telephoneCall, under } from '../judgement/build/telephone-call.ts'
import { Trace } from '../judgement/build/trace.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'unseen-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const UNSEEN = 'sent under keys whose agreement was not captured'

/** The same call is given new keys 5 s after its INVITE; the capture holds what passes the test. */
async function streamsOf(isHeld: (atMs: number, isSip: boolean) => boolean) {
  const trace = new Trace()
  const { dialog, caller, callee } = telephoneCall(trace, { ringMs: 900, talkMs: 3500, goesOn: true })
  const keys = { caller: crypto('caller/2'), callee: crypto('callee/2') }
  const again = dialog.request(5000, 'caller', 'INVITE', { body: caller.describe({ crypto: [keys.caller] }, 2) })
  dialog.respond(5040, again, '200 OK', { body: callee.describe({ crypto: [keys.callee] }, 2) })
  dialog.acknowledge(5060, again)
  const [there, back] = [
    { from: caller.media, to: callee.media, under: under(keys.caller) },
    { from: callee.media, to: caller.media, under: under(keys.callee) },
  ]
  for (const [label, flow] of Object.entries({ there, back }))
    send(trace, { label, ...flow, startMs: 5100, endMs: 7500 })
  trace.keep(({ source }, atMs) => isHeld(atMs, source.port === 5060))
  const path = join(FOLDER, 'one.pcap')
  writeFileSync(path, trace.file())
  const { streams } = await scan({ captures: [path] })
  return streams
    .filter(({ kind }) => kind === 'rtp')
    .map(({ src, failed, unverified, unverifiedReason }) => [src, failed, unverified > 0, unverifiedReason])
}

test('the capture begins before a re-INVITE: the keys up to there are not known, and that is what is said', async () => {
  expect(await streamsOf((atMs) => atMs > 2000)).toEqual(
    expect.arrayContaining([
      ['203.0.113.10:30000', 0, true, UNSEEN],
      ['198.51.100.20:40000', 0, true, UNSEEN],
    ]),
  )
})

test('the first answer is missing: what its sender sends up to the re-INVITE fails under no key of later', async () => {
  const streams = await streamsOf((atMs, isSip) => !(isSip && atMs > 800 && atMs < 1000))
  expect(streams).toContainEqual(['198.51.100.20:40000', 0, true, UNSEEN])
  expect(streams.filter(([src]) => src === '203.0.113.10:30000')).toEqual([
    ['203.0.113.10:30000', 0, false, undefined],
    ['203.0.113.10:30000', 0, false, undefined],
  ])
})
