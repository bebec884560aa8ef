import { describe, expect, test } from 'vitest'
import { parseSdp } from '../../src/sdp/parse.ts'
import { asOffer } from '../../src/sdp/potential.ts'
import { crypto } from '../media/exchanges.ts'

const KEYED = crypto(1, 7).slice('a='.length)
const HEAD = ['v=0', 'o=- 1 1 IN IP4 203.0.113.10', 's=-', 'c=IN IP4 203.0.113.10', 't=0 0']

/** The only m= section of an offer, and of the same description as an answer. */
function sectionOf(section: readonly string[], session: readonly string[] = []) {
  const description = parseSdp(Buffer.from([...HEAD, ...session, ...section, ''].join('\r\n')))
  if (description.kind !== 'description') throw new Error(description.text)
  const [offered] = asOffer(description).media
  const [answered] = description.media
  return { offered, answered }
}

const LINE = 'm=audio 4000 RTP/AVP 0'
const CONFIGURATION = 'a=pcfg:1 t=1 a=1'

describe('potential configurations (RFC 5939)', () => {
  test('an offer offers the a=crypto lines and the profiles among its capabilities', () => {
    const { offered } = sectionOf([LINE, 'a=tcap:1 RTP/SAVP RTP/SAVPF', `a=acap:1 ${KEYED}`, CONFIGURATION])
    expect(offered?.protocol).toBe('RTP/AVP')
    expect(offered?.potentialProfiles).toEqual(['RTP/SAVP', 'RTP/SAVPF'])
    expect(offered?.crypto.map(({ tag, keys }) => [tag, keys.length])).toEqual([[1, 1]])
  })

  test('those of the session level too (§3.4)', () => {
    const { offered } = sectionOf([LINE, CONFIGURATION], ['a=tcap:1 RTP/SAVP', `a=acap:1 ${KEYED}`])
    expect(offered?.crypto).toHaveLength(1)
    expect(offered?.potentialProfiles).toEqual(['RTP/SAVP'])
  })

  test('an answer does not, nor a capability that no configuration takes', () => {
    expect(sectionOf([LINE, `a=acap:1 ${KEYED}`, CONFIGURATION]).answered?.crypto).toEqual([])
    expect(sectionOf([LINE, `a=acap:1 ${KEYED}`]).offered?.crypto).toEqual([])
    expect(sectionOf([LINE, 'a=acap:1 fmtp:0 x', CONFIGURATION]).offered?.crypto).toEqual([])
  })

  test('beside the lines that stand for themselves', () => {
    const { offered } = sectionOf([LINE, crypto(2, 9), `a=acap:1 ${KEYED}`, CONFIGURATION])
    expect(offered?.crypto.map(({ tag }) => tag)).toEqual([2, 1])
  })
})
