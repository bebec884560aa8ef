import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { scan } from '../../src/scan/scan.ts'

const FOLDER = fileURLToPath(new URL('../../../shared/captures/', import.meta.url))
const PRESENT = existsSync(FOLDER)
const CAPTURES = PRESENT ? readdirSync(FOLDER).filter((name) => /\.(pcap|pcapng)(\.gz)?$/.test(name)) : []

/** The rules that say what a known problem is; one of them has to. Problems that no rule of this release is for are left out. */
const RULES_FOR: Readonly<Record<string, readonly string[]>> = {
  'sdes-key-in-clear': ['sdes-key-exposed'],
  'rtp-avp-media': ['rtp-plain', 'rtp-avp-leak'],
  'savp-downgraded-to-avp': ['rtp-avp-leak'],
  'srtp-to-rtp-relay': ['rtp-avp-leak'],
  'avp-with-crypto': ['srtp-optional', 'rtp-avp-leak'],
  'best-effort-srtp-declined': ['rtp-avp-leak'],
  'cleartext-rtp-on-savp': ['rtp-avp-leak'],
  'cleartext-rtcp-on-savp': ['rtcp-in-clear'],
  'savp-answer-without-crypto': ['crypto-mismatch', 'rtp-avp-leak'],
  'crypto-mismatch': ['crypto-mismatch'],
  'wrong-key': ['crypto-mismatch', 'srtp-auth-failed'],
  'auth-failures': ['srtp-auth-failed'],
  'keys-unknown': ['keying-not-visible'],
  'private-c-line': ['nat-private-address'],
  'one-way-audio': ['one-way-media'],
  'no-media': ['no-media'],
  'srtp-offer-refused': ['call-refused-for-media', 'srtp-retried-plain'],
  'savp-retried-as-avp': ['srtp-retried-plain'],
  'no-signalling': ['media-without-signalling'],
  'packet-loss': ['media-quality'],
  jitter: ['media-quality'],
  'sip-scan': ['sip-scanner'],
  'register-bruteforce': ['sip-scanner'],
  'registration-failed': ['registration-failed'],
  'invite-flood': ['invite-flood'],
}

/** What else follows from a problem by the rules' own terms: a side whose packets all fail is not heard. */
const IMPLIES: Readonly<Record<string, readonly string[]>> = {
  'wrong-key': ['one-way-media'],
  // A fault only where the capture holds the stream's beginning.
  'roc-above-zero-at-start': ['srtp-roc'],
}

describe.runIf(PRESENT)('findings and what is known to be true', () => {
  test.each(CAPTURES)('%s', async (name) => {
    const base = `${FOLDER}${name.replace(/\.(pcap|pcapng)(\.gz)?$/, '')}`
    const keyFiles = existsSync(`${base}.keys.json`) ? [`${base}.keys.json`] : []
    const report = await scan({ captures: [`${FOLDER}${name}`], keyFiles, workers: 1 })
    const { problems } = JSON.parse(readFileSync(`${base}.expect.json`, 'utf8')) as { problems: { kind: string }[] }
    const kinds = [...new Set(problems.map(({ kind }) => kind))]
    const rules = new Set(report.findings.map(({ rule }) => rule))
    for (const kind of kinds) {
      const expected = RULES_FOR[kind]
      if (expected !== undefined)
        expect(
          expected.some((rule) => rules.has(rule)),
          `${kind} is found`,
        ).toBe(true)
    }
    const allowed = new Set(kinds.flatMap((kind) => [...(RULES_FOR[kind] ?? []), ...(IMPLIES[kind] ?? [])]))
    const errors = report.findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule)
    expect(errors.filter((rule) => !allowed.has(rule))).toEqual([])
  })
})

test.runIf(!PRESENT)('captures with known truth are not beside the project: samples/ speaks alone', () => {
  expect(PRESENT).toBe(false)
})
