import { describe, expect, test } from 'vitest'
import { callOf, keysOf, line, type Media, reportOn, STRONG, under } from './faulty-call.ts'

const second = `;${line(1, 'another').split(' ')[2]}`

async function told(more: string, name = 'caller', one: Partial<Media> = {}) {
  const talk = { at: 0, offer: [line(1, 'caller', STRONG, more)], answer: [line(1, 'callee')] }
  const protect = under(keysOf(name))
  const { findings, streams } = await reportOn(
    callOf([talk], [{ from: 'caller', at: 0.2, count: 50, protect, ...one }]),
  )
  const said = findings.filter(({ rule }) => rule === 'crypto-mismatch')
  return { stream: streams[0], said: said.map(({ severity, kind }) => `${severity} ${kind}`), detail: said[0]?.detail }
}

describe('several keys in one a=crypto line (RFC 4568 §6.1)', () => {
  test.each([
    ['no MKI', second],
    ['an MKI behind one', `${second}|1:4`],
    ['the same MKI twice', `|1:4${second}|1:4`],
    ['MKIs of two lengths', `|1:4${second}|2:2`],
  ])('with %s', async (_, more) => {
    expect((await told(more)).said).toContain('warning keys-without-mki')
  })

  test('packets say which of them is used', async () => {
    const first = await told(second)
    expect(first.stream).toMatchObject({ verified: 50, failed: 0 })
    expect(first.detail).toMatch(/What verifies goes under key 1 of them \([0-9a-f]{8}\)\.$/)
    const other = await told(second, 'another')
    expect(other.stream).toMatchObject({ verified: 50, failed: 0 })
    expect(other.detail).toMatch(
      /goes under key 2 of them \(\w{8}\), and a receiver that takes the first of them drops it\.$/,
    )
    const [one, two] = [under(keysOf('caller')), under(keysOf('another'))]
    const both = await told(second, 'caller', { protect: (rtp, n) => (n < 25 ? one : two)(rtp, n) })
    expect(both.detail).toMatch(/key 1 of them \(\w{8}\) and key 2 .* drops what goes under another\.$/)
    const none = await told(second, 'nobody')
    expect(none.detail).toMatch(/cannot tell which of them a packet goes under\.$/)
  })

  test('an MKI each is no fault, nor is one key, nor the same twice', async () => {
    const same = `;${line(1, 'caller').split(' ')[2]}`
    for (const more of ['', '|1:4', `|1:4${second}|2:4`, same]) {
      expect((await told(more)).said).not.toContain('warning keys-without-mki')
    }
  })

  test('a line that was not chosen says nothing', async () => {
    const talk = { at: 0, offer: [line(1, 'caller', STRONG, second), line(2, 'third')], answer: [line(2, 'callee')] }
    const media: Media = { from: 'caller', at: 0.2, count: 50, protect: under(keysOf('third')) }
    const { findings } = await reportOn(callOf([talk], [media]))
    expect(findings.filter(({ rule }) => rule === 'crypto-mismatch')).toEqual([])
  })
})
