import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { LargeReport } from '../../../src/model/report-objects.ts'
import { Anonymizer } from '../../../src/report/anonymize/anonymizer.ts'
import { scanLarge } from '../../../src/scan/scan.ts'
import { capturedCalls, type Written } from '../written-calls.ts'
import { inEveryFormat, originalsOf, survivorsIn } from './originals.ts'

const place = mkdtempSync(join(tmpdir(), 'srtp-scan-names-'))
afterAll(() => rmSync(place, { recursive: true }))
const anonymizer = new Anonymizer(Buffer.from('a key of tests'))

async function reportOn(name: string, calls: readonly Written[]): Promise<LargeReport> {
  const path = join(place, `${name}.pcap`)
  writeFileSync(path, capturedCalls(calls))
  return scanLarge({ captures: [path], ladders: true, descriptions: true, workers: 1, policies: ['zero-trust'] })
}

async function allFormats(report: LargeReport): Promise<string> {
  let all = ''
  for await (const [, text] of inEveryFormat(anonymizer.report(report))) all += `${text}\n`
  return all
}

/** What is written, and what of it may be in no report. */
const NAMES: readonly (readonly [string, Partial<Written>, readonly string[]])[] = [
  [
    'a quoted name',
    { from: '"Zoë \\"Boss\\" O\'Quimby" <sip:zquimby@Pbx-7.Quimby.co.uk>' },
    ['Quimby', 'quimby', 'Zoë', 'Boss'],
  ],
  [
    'names of other scripts',
    { from: '"王小明" <sip:%E7%8E%8B@bücher.example.de>' },
    ['王小明', '王', '%E7%8E%8B', 'bücher'],
  ],
  ['percent-escapes', { from: '<sip:%71uimby%40home@host.quimby.net>' }, ['quimby', '%71uimby']],
  ['a password', { from: '<sip:quimby:hunter22@host.quimby.net>' }, ['quimby', 'hunter22']],
  [
    'tel URIs',
    { from: '<tel:+49-30-98765432;phone-context=quimby.net>', to: '<tel:030/98765432>' },
    ['quimby', '98765432'],
  ],
  [
    'trunk groups',
    { from: '<sip:+4930987654321;tgrp=quimby-west;trunk-context=quimby.net@203.0.113.10;user=phone>' },
    ['quimby', '987654321'],
  ],
  [
    'an IPv6 zone',
    { from: '<sip:quimby@[fe80::abcd:1%25quimbynet]>', to: '<sip:b@[2001:DB8:0:0::77]:5061>' },
    ['abcd:1', 'quimby', '::77'],
  ],
  [
    'parameters and headers',
    { from: '<sip:1002@203.0.113.10;maddr=10.9.8.7;x-who=quimby?Subject=quimby>' },
    ['quimby', '10.9.8.7'],
  ],
  ['a Call-ID of names', { callId: 'quimby-laptop-10.9.8.7@quimby.local' }, ['quimby', '10.9.8.7']],
  [
    'a reason, and a warning',
    { reason: 'Ask Quimby +4930987654321', warning: '399 sbc.quimby.net "Quimby <quimby@quimby.net> at 10.9.8.7"' },
    ['Quimby', 'quimby', '987654321', '10.9.8.7'],
  ],
  ['an account of a scanner', { userAgent: 'friendly-scanner (quimby.net 10.9.8.7)' }, ['quimby.net', '10.9.8.7']],
  [
    'a description',
    {
      session: [
        'o=quimby 1 1 IN IP4 10.9.8.7',
        's=Quimby',
        'i=Quimby',
        'e=quimby@quimby.net (Quimby)',
        'p=+49 30 98765432',
        'c=IN IP4 media.quimby.net',
      ],
      attributes: [
        'a=candidate:99 1 udp 1 10.9.8.7 4000 typ host',
        'a=x-quimby:1 Quimby',
        'a=tool:quimby.net 1.0',
        'a=ssrc:1 cname:quimby',
      ],
    },
    ['quimby.net', '10.9.8.7', 'Quimby', '98765432', 'cname:quimby', 'o=quimby'],
  ],
  ['what is no URI', { from: 'quimby <sip:', to: '"Quimby' }, ['quimby', 'Quimby']],
  [
    'a unknown profile and suite',
    { profile: 'RTP/QUIMBY', attributes: ['a=crypto:1 sip:quimby@quimby.net inline:x'] },
    ['quimby@', 'quimby.net'],
  ],
]

describe('names that make it hard', () => {
  test.each(NAMES)('%s', async (what, written, lost) => {
    const call = {
      from: '<sip:1001@203.0.113.10>',
      to: '<sip:1002@198.51.100.20>',
      callId: 'x@203.0.113.10',
      ...written,
    }
    const report = await reportOn(what.replace(/\W/g, '-'), [call])
    expect(report.totals.sipMessages).toBe(10)
    const text = await allFormats(report)
    expect(lost.filter((name) => text.includes(name))).toEqual([])
    expect(survivorsIn(text, originalsOf({ calls: [...report.calls], findings: [...report.findings] }))).toEqual([])
  })

  test('that are parts of our words, or words, change none of them', async () => {
    const withUser = async (user: string) => {
      const party = (n: number) => `<sip:${user}${n}@203.0.113.10>`
      const calls = [{ from: party(1), to: party(2), callId: 'same@203.0.113.10' }]
      const { findings } = anonymizer.report(await reportOn('words', calls))
      return [...findings]
        .filter(({ rule }) => rule !== 'registration-failed')
        .map(({ title, detail, remedy }) => [title, detail, remedy])
    }
    const plain = await withUser('zzz')
    for (const user of ['a', 'in', 'the', 'all', 'media', 'call', 'frame', 'offer', 'of', 'SIP', '1', '488', 'RTP']) {
      expect(await withUser(user)).toEqual(plain)
    }
  })
})
