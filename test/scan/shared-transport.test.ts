import { expect, test } from 'vitest'
import type { TimedDatagram } from '../../samples/frames.ts'
import { callOf, keysOf, line, type Media, reportOn, under } from './faulty-call.ts'

/** The datagrams with each message's session description changed. */
function described(datagrams: readonly TimedDatagram[], change: (sdp: string, isOffer: boolean) => string) {
  return datagrams.map((datagram): TimedDatagram => {
    const [head, sdp] = Buffer.from(datagram.payload).toString('latin1').split('\r\n\r\n')
    if (!/^(INVITE|SIP)/.test(head ?? '') || !sdp?.startsWith('v=0')) return datagram
    const body = change(sdp, head?.startsWith('INVITE') === true)
    const text = `${head?.replace(/Content-Length: \d+/, `Content-Length: ${body.length}`)}\r\n\r\n${body}`
    return { ...datagram, payload: Buffer.from(text, 'latin1') }
  })
}

type Protect = NonNullable<Media['protect']>

const secured = { at: 0, offer: [line(1, 'caller')], answer: [line(1, 'callee')] }
const both = (protect: (name: 'caller' | 'callee') => Protect, more: Partial<Media> = {}): Media[] =>
  (['caller', 'callee'] as const).map((from) => ({ from, at: 0.2, count: 80, protect: protect(from), ...more }))
const sound = (name: string) => under(keysOf(name))
const clear = (rtp: Buffer) => rtp.fill(255, 12)

const VIDEO = 'm=video 9 RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\na=mid:1\r\n'

/** Audio and video through one port, under one key. */
function bundled(media: readonly Media[]) {
  return described(callOf([secured], media), (sdp) => {
    const [port] = /(?<=m=audio )\d+/.exec(sdp) as RegExpExecArray
    const keyed = sdp.slice(sdp.indexOf('a=crypto'))
    return `${sdp.replace('t=0 0', 't=0 0\r\na=group:BUNDLE 0 1')}a=mid:0\r\n${VIDEO.replace(' 9 ', ` ${port} `)}${keyed}`
  })
}

const asVideo = (name: string): Protect => {
  const protect = sound(name)
  return (rtp, n) => {
    rtp[1] = 96
    return protect(rtp, n)
  }
}

test('streams of a bundle have the codec of their own m= line (RFC 9143 §9.2)', async () => {
  const media = [...both(sound), ...both(asVideo).map((one) => ({ ...one, ssrc: one.from === 'caller' ? 7 : 8 }))]
  const { streams } = await reportOn(bundled(media))
  const told = streams.map(({ ssrc, codec, mediaIndex, verified }) => [Number(ssrc), mediaIndex, codec, verified])
  expect(told.toSorted(([a], [b]) => Number(a) - Number(b))).toEqual([
    [7, 1, 'H264/90000', 80],
    [8, 1, 'H264/90000', 80],
    [0xaaaa, 0, 'PCMU/8000', 80],
    [0xbbbb, 0, 'PCMU/8000', 80],
  ])
})

test('of a bundle one line may be one-way while another is not', async () => {
  const [forth, back] = both(sound)
  const [videoForth, videoBack] = both(asVideo).map((one) => ({ ...one, ssrc: one.from === 'caller' ? 7 : 8 }))
  const all = [forth, back, videoForth, videoBack].map((one) => one as Media)
  const silent = async (media: readonly Media[]) => {
    const { findings } = await reportOn(bundled(media))
    return findings
      .filter(({ rule }) => rule === 'one-way-media')
      .map(({ kind, detail }) => [kind, /gets no (\w+)/.exec(detail)?.[1]])
  }
  expect(await silent(all)).toEqual([])
  expect(await silent(all.filter((one) => one !== back))).toEqual([['no-packets', 'audio']])
  expect(await silent(all.filter((one) => one !== videoBack))).toEqual([['no-packets', 'video']])
})

/** Offers the secure line and a plain one on the same port; the answer takes one of them. */
function onOnePort(media: readonly Media[], taken: 'secure' | 'plain') {
  return described(callOf([secured], media), (sdp, isOffer) => {
    const [port] = /(?<=m=audio )\d+/.exec(sdp) as RegExpExecArray
    const plain = `m=audio ${isOffer || taken === 'plain' ? port : 0} RTP/AVP 0\r\n`
    if (isOffer || taken === 'secure') return `${sdp}${plain}`
    return `${sdp.slice(0, sdp.indexOf('m=audio'))}m=audio 0 RTP/SAVP 0\r\n${plain}`
  })
}

test('media is agreed to be plain where the secure one of two lines on a port is refused', async () => {
  const media = [...both(() => clear), ...both(() => (rtcp) => rtcp, { isRtcp: true, count: 2 })]
  const report = await reportOn(onOnePort(media, 'plain'))
  expect(report.streams.map(({ protection, explanation }) => [protection, explanation])).toEqual(
    Array(4).fill(['plain', undefined]),
  )
  const rules = report.findings.map(({ rule, kind }) => [rule, kind])
  expect(rules).toContainEqual(['rtp-avp-leak', 'negotiated'])
  expect(rules).not.toContainEqual(['rtcp-in-clear', undefined])
})

test('media in the clear is a leak where the secure one is taken', async () => {
  const media = both((name) => (name === 'caller' ? sound(name) : clear))
  const report = await reportOn(onOnePort(media, 'secure'))
  expect(report.findings.map(({ rule, kind }) => [rule, kind])).toContainEqual(['rtp-avp-leak', 'on-wire'])
})
