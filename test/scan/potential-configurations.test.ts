import { expect, test } from 'vitest'
import { callOf, keysOf, line, type Media, reportOn, type Talk, under } from './faulty-call.ts'

/** RFC 5939: RTP/AVP, or RTP/SAVP with a key. */
const offer = ['a=tcap:1 RTP/SAVP', `a=acap:1 ${line(1, 'caller').slice('a='.length)}`, 'a=pcfg:1 t=1 a=1']
const media = (from: Media['from'], isSecure: boolean): Media => {
  return { from, at: 0.2, count: 50, protect: isSecure ? under(keysOf(from)) : (rtp) => rtp.fill(255, 12) }
}

async function said(answer: Partial<Talk>, isSecure: boolean) {
  const talk = { at: 0, profile: 'RTP/AVP', offer, answer: [], ...answer }
  const report = await reportOn(callOf([talk], [media('caller', isSecure), media('callee', isSecure)]))
  const silent = ['sip-cleartext']
  return {
    streams: report.streams.map(({ verified, plain }) => ({ verified, plain })),
    findings: report.findings
      .filter(({ rule }) => !silent.includes(rule))
      .map(({ rule, kind }) => `${rule} ${kind ?? ''}`),
    exposed: report.findings.find(({ rule }) => rule === 'sdes-key-exposed')?.detail,
  }
}

test('where the potential configuration is taken, its key is the one of the offerer', async () => {
  const { streams, findings, exposed } = await said(
    { answerProfile: 'RTP/SAVP', answer: [line(1, 'callee'), 'a=acfg:1 t=1 a=1'] },
    true,
  )
  expect(streams).toEqual(Array(2).fill({ verified: 50, plain: 0 }))
  expect(findings).toEqual(['sdes-key-exposed ', 'srtp-optional best-effort'])
  expect(exposed).toContain('2 keys')
})

test('where it is not, security was asked for and declined', async () => {
  const { streams, findings } = await said({}, false)
  expect(streams).toEqual(Array(2).fill({ verified: 0, plain: 50 }))
  expect(findings).toEqual(['sdes-key-exposed ', 'rtp-avp-leak declined'])
})
