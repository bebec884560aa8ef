import { expect, test } from 'vitest'
import { formatText } from '../../src/report/text.ts'
import { callOf, keysOf, type Media, masterOf, reportOn, STRONG, under } from './faulty-call.ts'

const key = (name: string) => {
  const { masterKey, masterSalt } = masterOf(name)
  return Buffer.concat([masterKey, masterSalt]).toString('base64')
}
const line = (tag: string, name: string) => `a=crypto:${tag} ${STRONG} inline:${key(name)}`
const sends = (from: Media['from'], name: string): Media => ({ from, at: 0.2, count: 40, protect: under(keysOf(name)) })

/** Of the offer's two lines the second is answered. */
function answeredBy(tag: string, offered: readonly [string, string] = ['1111111111', '2222222222']) {
  const offer = [line(offered[0], 'first'), line(offered[1], 'second')]
  const talk = { at: 0, offer, answer: [line(tag, 'callee')] }
  return callOf([talk], [sends('caller', 'second'), sends('callee', 'callee')])
}

test('RFC 4568 §9.2: a tag of more than nine digits breaks the grammar, and names its line all the same', async () => {
  const { calls, streams, findings, anomalies } = await reportOn(answeredBy('2222222222'))
  const [{ offer, answer }] = calls[0].sessions[0].media
  expect(offer?.crypto.map(({ tag }) => tag)).toEqual([1_111_111_111, 2_222_222_222])
  expect(answer?.crypto.map(({ tag }) => tag)).toEqual([2_222_222_222])
  expect(streams.map(({ verified, failed }) => [verified, failed])).toEqual([
    [40, 0],
    [40, 0],
  ])
  expect(findings.map(({ rule }) => rule)).not.toContain('crypto-mismatch')
  expect(anomalies.map(({ reason }) => reason)).toContain('crypto-tag-invalid')
})

test('RFC 4568 §5.1.2: one that was not offered is told from those that were', async () => {
  const { findings } = await reportOn(answeredBy('3333333333'))
  const found = findings.find(({ kind }) => kind === 'tag-not-offered')
  expect(found?.detail).toContain('the answer names tag 3333333333; offered were 1111111111, 2222222222.')
})

test('a tag that is no number is called unreadable', async () => {
  const report = await reportOn(answeredBy('x', ['1', '2']))
  const found = report.findings.find(({ kind }) => kind === 'tag-not-offered')
  expect(found?.detail).toContain('the answer names tag (unreadable); offered were 1, 2.')
  const text = formatText(report, { color: false, width: 120, quiet: false, verbose: true })
  expect(text).toContain('crypto (unreadable)')
})
