import { expect, test } from 'vitest'
import { callOf, keysOf, line, type Media, reportOn, STRONG, under } from './faulty-call.ts'

const keyOf = (name: string) => line(1, name).split(' ')[2]

/** What comes of the caller's forward error correction, which has an SSRC and a key of its own. */
async function told(more: string, name: string) {
  const talk = { at: 0, offer: [line(1, 'caller', STRONG, more)], answer: [line(1, 'callee')] }
  const media: readonly Media[] = [
    { from: 'caller', at: 0.2, count: 50, protect: under(keysOf('caller')) },
    { from: 'caller', at: 0.2, count: 50, ssrc: 0xfec, protect: under(keysOf(name)) },
  ]
  const { streams, findings } = await reportOn(callOf([talk], media))
  const rules = ['crypto-mismatch', 'srtp-auth-failed']
  return {
    fec: streams.find(({ ssrc }) => ssrc === '0x00000fec'),
    said: findings.flatMap(({ rule, kind }) => (rules.includes(rule) ? [`${rule} ${kind}`] : [])),
    exposed: findings.find(({ rule }) => rule === 'sdes-key-exposed')?.detail,
  }
}

test('forward error correction under a key of its own verifies (FEC_KEY, RFC 4568 §6.3.5)', async () => {
  const { fec, said, exposed } = await told(` FEC_KEY=${keyOf('fec')}`, 'fec')
  expect(fec).toMatchObject({ verified: 50, failed: 0 })
  expect(said).toEqual([])
  expect(exposed).toContain('3 keys of this call')
})

test('beside it the line has one key, and needs no MKI; several of its own do', async () => {
  expect((await told(`;${keyOf('second')} FEC_KEY=${keyOf('fec')}`, 'fec')).said).toEqual([
    'crypto-mismatch keys-without-mki',
  ])
})

test.each(['', ' FEC_KEY=', ' FEC_KEY=inline:****', ' FEC_KEY=inline:MTIz'])(
  'nothing is made up of "%s"',
  async (more) => {
    const { fec, said } = await told(more, 'fec')
    expect(fec).toMatchObject({ verified: 0, failed: 50 })
    expect(said).toEqual(['srtp-auth-failed all'])
  },
)
