import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { scan } from '../../src/scan/scan.ts'

const CAPTURE = 'samples/call.pcap'

test('the descriptions of a call are in the report where they are asked for, keys by fingerprint', async () => {
  const { calls } = await scan({ captures: [CAPTURE], descriptions: true })
  const [{ sessions }] = calls
  const [{ offerLines = [], answerLines = [], media }] = sessions
  for (const [lines, side] of [
    [offerLines, media[0].offer],
    [answerLines, media[0].answer],
  ] as const) {
    expect(lines[0]).toBe('v=0')
    for (const { tag, suite, fingerprint } of side?.crypto ?? []) {
      expect(lines).toContainEqual(expect.stringContaining(`a=crypto:${tag} ${suite} inline:[key ${fingerprint}]`))
    }
  }
})

test('else the report has none', async () => {
  const { calls } = await scan({ captures: [CAPTURE] })
  expect(calls.flatMap(({ sessions }) => sessions).some(({ offerLines }) => offerLines !== undefined)).toBe(false)
})

test('no key of the samples is among them', async () => {
  const { keys } = JSON.parse(await readFile('samples/keys.json', 'utf8')) as { keys: { key: string }[] }
  const captures = ['call.pcap', 'incident.pcapng', 'leak.pcap', 'mismatch.pcap', 'nat.pcap', 'one-way.pcap']
  for (const capture of captures) {
    const { calls } = await scan({ captures: [`samples/${capture}`], descriptions: true })
    const text = JSON.stringify(calls)
    expect(text).toContain('[key ')
    for (const { key } of keys) expect(text).not.toContain(key.slice(0, 12))
    expect(text).not.toMatch(/inline:[^[]/)
  }
})
