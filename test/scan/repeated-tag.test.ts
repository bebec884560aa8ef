import { expect, test } from 'vitest'
import { callOf, keysOf, line, reportOn, under } from './faulty-call.ts'

const OTHER = 'AES_256_CM_HMAC_SHA1_80'
const TALK = { at: 0, offer: [line(1, 'caller'), line(1, 'caller2', OTHER)], answer: [line(1, 'callee')] }

async function sentUnder(keys: ReturnType<typeof keysOf>) {
  const { streams, findings } = await reportOn(
    callOf([TALK], [{ from: 'caller', at: 0.2, count: 40, protect: under(keys) }]),
  )
  const kinds = findings.flatMap(({ rule, kind }) => (rule === 'crypto-mismatch' ? [kind] : []))
  return [streams[0]?.verified, streams[0]?.failed, kinds]
}

test('of two lines under one tag the one of the answered suite is agreed, and the other is not (RFC 4568 §5.1.2)', async () => {
  expect(await sentUnder(keysOf('caller'))).toEqual([40, 0, []])
  expect(await sentUnder(keysOf('caller2', OTHER))).toEqual([0, 40, ['wire-other-suite']])
})
