import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { scan } from '../../src/scan/scan.ts'
import { callOf, captureOf, keysOf, line, under } from '../scan/faulty-call.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CALL = join(ROOT, 'samples/call.pcap')
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-decrypt-'))
afterAll(() => rmSync(place, { recursive: true }))

interface Outcome {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command as a user would, its output not a terminal. */
function decrypt(args: readonly string[], input?: Buffer): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', 'src/cli/main.ts', 'decrypt', ...args],
      { cwd: ROOT, env: { ...process.env, TMPDIR: place } },
      (_, out, err) => resolve({ status: child.exitCode, out, err }),
    )
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

describe('srtp-scan decrypt call.pcap --write-pcap out.pcapng', () => {
  const out = join(place, 'out.pcapng')

  test('writes what is in the clear, for the owner only, and says so', async () => {
    const { status, out: said, err } = await decrypt([CALL, '--write-pcap', out])
    expect(err).toBe(
      `srtp-scan: writes private speech in the clear to ${out}, readable by its owner only\n` +
        'srtp-scan: decrypted under AES_CM_128_HMAC_SHA1_80: 800 RTP packets, 8 RTCP packets\n' +
        'srtp-scan: kept without keys: 7 SIP messages\n',
    )
    expect({ status, said }).toEqual({ status: 0, said: '' })
    expect(statSync(out).mode & 0o777).toBe(0o600)
    const report = await scan({ captures: [out], workers: 1 })
    expect(report.totals).toMatchObject({
      calls: 1,
      sipMessages: 7,
      rtp: 800,
      rtcp: 8,
      verified: 0,
      failed: 0,
      plain: 808,
    })
    expect(report.findings.filter(({ rule }) => rule.startsWith('s'))).toMatchObject([{ rule: 'sip-cleartext' }])
  })

  test('replaces nothing without --force', async () => {
    writeFileSync(out, 'mine', { mode: 0o644 })
    const refused = await decrypt([CALL, '--write-pcap', out])
    expect(refused).toEqual({ status: 2, out: '', err: `srtp-scan: ${out}: exists; --force replaces it\n` })
    expect(readFileSync(out, 'utf8')).toBe('mine')
    expect((await decrypt([CALL, '--write-pcap', out, '--force', '-q'])).status).toBe(0)
    expect(readFileSync(out).length).toBeGreaterThan(100_000)
    expect(statSync(out).mode & 0o777).toBe(0o600)
  })

  test('reads standard input, and leaves nothing behind', async () => {
    const piped = join(place, 'piped.pcapng')
    const { status } = await decrypt(['-', '--write-pcap', piped], readFileSync(CALL))
    expect(status).toBe(0)
    expect(readFileSync(piped).equals(readFileSync(out))).toBe(true)
    expect(readdirSync(place).filter((name) => name.includes('srtp-scan-'))).toEqual([])
  })

  test('ends with 1 where media is protected and nothing of it could be decrypted', async () => {
    const talk = { at: 0, offer: [line(1, 'other')], answer: [line(1, 'others')] }
    const capture = join(place, 'in-vain.pcap')
    const media = { from: 'caller', at: 0.2, count: 40, protect: under(keysOf('caller')) } as const
    writeFileSync(capture, captureOf(callOf([talk], [media])))
    const { status, err } = await decrypt([capture, '--write-pcap', join(place, 'in-vain.pcapng')])
    expect(status).toBe(1)
    expect(err).toContain('\nsrtp-scan: nothing was decrypted, and so it ends with 1; a scan of the same captures')
    expect(err).toContain('\nsrtp-scan: left out: 40 packets that fail under what was agreed\n')
  })

  test('ends with 0 where no media is protected: there is nothing to decrypt', async () => {
    const { status, err } = await decrypt([out, '--write-pcap', join(place, 'again.pcapng')])
    expect(status).toBe(0)
    expect(err).toContain('\nsrtp-scan: nothing to decrypt: none of the media is known to be protected\n')
    expect(err).not.toContain('a scan')
  })

  test('ends with 0 where something of no call looks like RTP beside a call in the clear', async () => {
    const talk = { at: 0, offer: [], answer: [], profile: 'RTP/AVP' }
    const call = callOf([talk], [{ from: 'caller', at: 0.2, count: 40 }])
    const stray = call
      .filter(({ source }) => source.port !== 5060)
      .map((one) => ({
        ...one,
        source: { ...one.source, port: 4444 },
        destination: { ...one.destination, port: 5554 },
      }))
    for (const [name, datagrams, expected] of [
      ['beside', [...call, ...stray], 0],
      ['alone', stray, 1],
    ] as const) {
      const capture = join(place, `${name}.pcap`)
      writeFileSync(capture, captureOf(datagrams))
      const { status, err } = await decrypt([capture, '--write-pcap', join(place, `${name}.pcapng`)])
      expect(status, err).toBe(expected)
      expect(err).toContain('\nsrtp-scan: left out: 40 packets without a known key, or cut\n')
    }
  })

  test('says where a capture ends too early', async () => {
    const cut = join(place, 'cut.pcap')
    writeFileSync(cut, readFileSync(CALL).subarray(0, 100_000))
    const { status, err } = await decrypt([cut, '--write-pcap', join(place, 'of-cut.pcapng')])
    expect(status).toBe(0)
    expect(err).toMatch(/\nsrtp-scan: \S+cut\.pcap: lost from byte [\d,]+: the capture ends inside a record\n$/)
  })

  test.each([
    { args: [CALL], says: 'decrypt: nothing to write; --write-pcap out.pcapng or --write-wav folder would do' },
    { args: ['--write-pcap', 'x.pcapng'], says: 'decrypt: no capture is named: srtp-scan decrypt call.pcap' },
    { args: [CALL, '--write-pcap', '-'], says: '--write-pcap -: takes a file, which only its owner can read' },
    { args: [CALL, '--write-wav', '-'], says: '--write-wav -: takes a folder, for a file of each call' },
    { args: [CALL, '--write-pcap', ''], says: '--write-pcap: is empty; give it a value, or leave it out' },
    { args: [CALL, '--write-wav', ''], says: '--write-wav: is empty; give it a value, or leave it out' },
    { args: [CALL, '--write-pcap', '--force'], says: '--write-pcap: takes a value' },
    { args: [CALL, '--write-wav'], says: '--write-wav: takes a value' },
    { args: [CALL, '--write-pcap', CALL, '--force'], says: `${CALL}: is an input; name another file for the report` },
    { args: [join(ROOT, 'README.md'), '--write-pcap', join(place, 'none.pcapng')], says: /README\.md: no capture/ },
  ])('$args ends with 2 and one line', async ({ args, says }) => {
    const { status, err } = await decrypt(args)
    expect(status).toBe(2)
    const last = err.trimEnd().split('\n').at(-1)?.replace('srtp-scan: ', '')
    if (typeof says === 'string') expect(last).toBe(says)
    else expect(last).toMatch(says)
    expect(existsSync(join(place, 'none.pcapng'))).toBe(false)
  })
})
