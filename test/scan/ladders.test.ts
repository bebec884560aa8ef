import { expect, test } from 'vitest'
import { scan } from '../../src/scan/scan.ts'

const CAPTURE = 'samples/call.pcap'

test('the messages of a call are in the report where they are asked for, in their order', async () => {
  const { calls } = await scan({ captures: [CAPTURE], ladders: true })
  const [{ ladder = [], messages, startTime }] = calls
  expect(ladder.map(({ label, sdp }) => (sdp ? `${label} +` : label))).toEqual([
    'INVITE +',
    '100 Trying (INVITE)',
    '180 Ringing (INVITE)',
    '200 OK (INVITE) +',
    'ACK',
    'BYE',
    '200 OK (BYE)',
  ])
  expect(ladder).toHaveLength(messages)
  expect(ladder[0].time).toBe(startTime)
  expect(ladder[0].from).toBe(ladder[1].to)
})

test('else the report has none', async () => {
  const { calls } = await scan({ captures: [CAPTURE] })
  expect(calls.some(({ ladder }) => ladder !== undefined)).toBe(false)
})
