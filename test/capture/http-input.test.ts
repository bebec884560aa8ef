import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openOctets } from '../../src/capture/capture-input.ts'
import { isCaptureUrl, isSecretUrl, shownUrl } from '../../src/capture/capture-url.ts'
import { contentIdentity } from '../../src/capture/content-identity.ts'
import { resolveInputs } from '../../src/capture/inputs.ts'
import { writePcap } from './capture-writer.ts'
import { ObjectServer } from './object-server.ts'

const server = new ObjectServer()
beforeAll(() => server.listen())
afterAll(() => server.close())
beforeEach(() => {
  server.objects.clear()
  server.requests.length = 0
})

/** Some 5 MB that no compression makes small. */
const LARGE = writePcap(
  Array.from({ length: 4000 }, (_, n) => ({
    seconds: n,
    nanoseconds: 0,
    data: Buffer.concat(Array.from({ length: 20 }, (_, m) => createHash('sha512').update(`${n} ${m}`).digest())),
  })),
)
const TAG = '"a version"'

const resolve = async (url: string) => (await resolveInputs([url])).inputs[0]

/** All octets, read in steps of an odd size. */
async function readAll(input: Awaited<ReturnType<typeof resolve>>): Promise<Buffer> {
  const source = openOctets(input)
  const parts: Buffer[] = []
  for (;;) {
    const part = Buffer.alloc(70_001)
    const count = await source.read(part)
    if (count === 0) break
    parts.push(part.subarray(0, count))
  }
  source.close()
  return Buffer.concat(parts)
}

describe('ranges (RFC 9110 §14)', () => {
  test('an object is read in pieces, as often as one likes, and none is longer than 2 MB', async () => {
    server.objects.set('/large.pcap', { octets: LARGE, entityTag: TAG })
    const input = await resolve(server.url('/large.pcap'))
    expect(input).toMatchObject({ format: 'pcap', compression: 'none', reopenable: true, isPlainFile: false })
    expect(input.sizeBytes).toBe(LARGE.length)
    expect((await readAll(input)).equals(LARGE)).toBe(true)
    expect((await readAll(input)).equals(LARGE)).toBe(true)
    const ranges = server.requests.map(({ headers }) => /(\d+)-(\d+)/.exec(headers.range as string) as string[])
    expect(ranges.length).toBeGreaterThan(5)
    expect(Math.max(...ranges.map(([, from, to]) => Number(to) - Number(from) + 1))).toBe(2 << 20)
    expect(server.requests.map(({ headers }) => headers['if-range'])).toEqual([
      undefined,
      ...ranges.slice(1).map(() => TAG),
    ])
    expect(server.requests.every(({ headers }) => headers['accept-encoding'] === 'identity')).toBe(true)
  })

  test('gzip', async () => {
    server.objects.set('/large.pcap.gz', { octets: gzipSync(LARGE) })
    const input = await resolve(server.url('/large.pcap.gz'))
    expect(input).toMatchObject({ format: 'pcap', compression: 'gzip', reopenable: true, isPlainFile: false })
    expect((await readAll(input)).equals(LARGE)).toBe(true)
  })

  test('a server without ranges is read as a stream, once', async () => {
    for (const octets of [LARGE, gzipSync(LARGE)]) {
      server.objects.set('/stream', { octets, whole: true })
      server.requests.length = 0
      const input = await resolve(server.url('/stream'))
      expect(input).toMatchObject({ format: 'pcap', reopenable: false })
      expect((await readAll(input)).equals(LARGE)).toBe(true)
      expect(server.requests).toHaveLength(1)
    }
  })

  test('redirections are followed; a password goes to its own origin only', async () => {
    const elsewhere = new ObjectServer()
    await elsewhere.listen()
    elsewhere.objects.set('/there.pcap', { octets: LARGE })
    for (const path of ['/here.pcap', '/there.pcap']) server.objects.set(path, { octets: LARGE })
    const to = { '/here.pcap': server.url('/there.pcap'), '/away.pcap': elsewhere.url('/there.pcap') }
    for (const [path, location] of Object.entries(to)) {
      const instead: import('./object-server.ts').StoredObject['instead'] = (answer) => {
        answer.writeHead(302, { location }).end()
        return true
      }
      server.objects.set(path, { octets: LARGE, instead })
      expect((await readAll(await resolve(server.url(path, 'anna:secret@')))).equals(LARGE)).toBe(true)
    }
    const basic = `Basic ${Buffer.from('anna:secret').toString('base64')}`
    expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(new Set([basic]))
    expect(new Set(elsewhere.requests.map(({ headers }) => headers.authorization))).toEqual(new Set([undefined]))
    await elsewhere.close()
  })
})

describe('what goes wrong', () => {
  test('a connection that breaks off in a body, and a server that is busy, are asked again for the rest', async () => {
    let broken = 0
    let busy = 0
    server.objects.set('/large.pcap', {
      octets: LARGE,
      entityTag: TAG,
      instead: (answer, range) => {
        if (range === undefined || range.from === 0) return false
        if (busy++ === 0) return Boolean(answer.writeHead(503).end())
        if (broken++ > 1) return false
        const { from, to } = range
        answer.writeHead(206, {
          etag: TAG,
          'content-range': `bytes ${from}-${to}/${LARGE.length}`,
          'content-length': to - from + 1,
        })
        answer.write(LARGE.subarray(from, from + 1000), () => answer.destroy())
        return true
      },
    })
    const input = await resolve(server.url('/large.pcap'))
    expect((await readAll(input)).equals(LARGE)).toBe(true)
    expect(broken).toBeGreaterThan(1)
  })

  test('an object that changes while it is read is noticed by tag, or by size where it has none', async () => {
    for (const tagged of [true, false]) {
      const object = { octets: LARGE, ...(tagged && { entityTag: TAG }) }
      server.objects.set('/large.pcap', object)
      const input = await resolve(server.url('/large.pcap'))
      server.objects.set('/large.pcap', { octets: LARGE.subarray(0, -1), ...(tagged && { entityTag: '"other"' }) })
      await expect(readAll(input)).rejects.toMatchObject({
        code: 'SRTP_SCAN_CAPTURE_CHANGED',
        message: expect.stringMatching(/^http:.*large\.pcap: has changed while it was read/),
      })
    }
  })

  test.each([
    [404, 'SRTP_SCAN_CAPTURE_NOT_FOUND', 'no such object (HTTP 404)'],
    [403, 'SRTP_SCAN_CAPTURE_UNREADABLE', 'cannot be read (HTTP 403; user and password in the URL'],
    [500, 'SRTP_SCAN_CAPTURE_UNREADABLE', 'cannot be read (HTTP 500)'],
  ])('status %i is one line, without credentials', async (status, code, words) => {
    const instead = (answer: import('node:http').ServerResponse) => Boolean(answer.writeHead(status).end())
    server.objects.set('/none.pcap', { octets: LARGE, instead })
    const refused = resolve(server.url('/none.pcap?X-Amz-Signature=5e6f', 'anna:secret@'))
    await expect(refused).rejects.toMatchObject({ code })
    await expect(refused).rejects.toThrow(`${server.url('/none.pcap')}?…: ${words}`)
    expect(server.requests.length).toBe(status === 500 ? 5 : 1)
  })

  test('no server; an empty object; no capture', async () => {
    const gone = new ObjectServer()
    await gone.listen()
    const url = gone.url('/x.pcap')
    await gone.close()
    await expect(resolve(url)).rejects.toThrow(/cannot be read \(connect ECONNREFUSED/)
    server.objects.set('/empty.pcap', { octets: new Uint8Array(0) })
    await expect(resolve(server.url('/empty.pcap'))).rejects.toThrow('no capture: it is empty')
    server.objects.set('/page.pcap', { octets: Buffer.from('<html>') })
    await expect(resolve(server.url('/page.pcap'))).rejects.toThrow('no capture: it begins with 3c 68 74')
    await expect(resolve('http://[x')).rejects.toThrow('http://[x: cannot be read (no URL)')
  })
})

test('the content of an object has an identity, which another content has not', async () => {
  server.objects.set('/a.pcap', { octets: LARGE, entityTag: TAG })
  const url = server.url('/a.pcap')
  const one = await contentIdentity(url)
  expect(one).toMatchObject({ sizeBytes: LARGE.length, modifiedMs: 0 })
  expect(await contentIdentity(url)).toEqual(one)
  server.objects.set('/a.pcap', { octets: LARGE, entityTag: '"other"' })
  expect(await contentIdentity(url)).not.toEqual(one)
  server.objects.set('/a.pcap', { octets: LARGE, entityTag: TAG, whole: true })
  const whole = await contentIdentity(url)
  expect(whole.sizeBytes).toBe(LARGE.length)
  expect(await contentIdentity(url)).toEqual(whole)
})

test('a URL is shown without what may be a secret', () => {
  expect(shownUrl('https://anna:secret@host.example/a/b.pcap')).toBe('https://host.example/a/b.pcap')
  expect(shownUrl('https://host.example/b.pcap?X-Amz-Signature=5e#f')).toBe('https://host.example/b.pcap?…')
  expect(shownUrl('http://anna:secret@[x/b.pcap?sig=5e')).toBe('http://[x/b.pcap?…')
  expect(isSecretUrl('https://host.example/b.pcap')).toBe(false)
  expect(isSecretUrl('https://host.example/b.pcap?sig=5e')).toBe(true)
  expect(isSecretUrl('https://anna@host.example/b.pcap')).toBe(true)
  expect([isCaptureUrl('HTTP://x/'), isCaptureUrl('http.pcap'), isCaptureUrl('ftp://x')]).toEqual([true, false, false])
})
