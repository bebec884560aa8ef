import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { explainPolicies } from '../../src/cli/policy-command.ts'
import { PACK_NAMES } from '../../src/policy/pack-names.ts'

const place = mkdtempSync(join(tmpdir(), 'srtp-scan-policy-'))
afterAll(() => rmSync(place, { recursive: true }))

function fileOf(name: string, text: string): string {
  const path = join(place, name)
  writeFileSync(path, text)
  return path
}

describe('srtp-scan rules --policy', () => {
  test.each(PACK_NAMES)('%s: in words, within 80 columns', async (name) => {
    const text = await explainPolicies([name], 80)
    expect(text.startsWith(`${name}\n`)).toBe(true)
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([])
    expect(text).toMatch(/[^\n]\n$/)
  })

  test('says which rule judges each statement', async () => {
    const text = await explainPolicies(['tls13-hardened'], 80)
    expect(text).toContain('srtp.required; judged by rtp-avp-leak, rtp-plain, srtp-optional\n')
    expect(text).toContain('SIP goes over TLS only.')
  })

  test('says what is left to the user, as long as it is', async () => {
    const mine = fileOf('mine.json', '{ "networks": { "media": ["192.0.2.0/24"] } }')
    expect(await explainPolicies(['zero-trust'], 80)).toContain('- networks.media: the networks')
    const both = await explainPolicies(['zero-trust', mine], 80)
    expect(both).not.toContain('- networks.media: the networks')
    expect(both).toContain('- networks.signalling: the networks')
    expect(both).toContain('networks.media, from mine.json;')
    expect(both).toContain('srtp.required, from zero-trust;')
  })

  test('default: that nothing is asked for', async () => {
    expect(await explainPolicies(['default'], 80)).toContain('Nothing is asked for')
  })

  test('an unknown name lists the packs and the nearest', async () => {
    await expect(explainPolicies(['zero-trsut'], 80)).rejects.toThrow(
      `--policy zero-trsut: no such policy and no such file; zero-trust is the nearest; packs are ${PACK_NAMES.join(', ')}`,
    )
  })

  test('what looks like a file and is none', async () => {
    await expect(explainPolicies([join(place, 'none.json')], 80)).rejects.toThrow('none.json: no such file')
  })

  test('control characters of a file do not reach the terminal', async () => {
    const evil = fileOf('evil.json', '{ "description": "\\u001b[31mred", "codecs": ["PCMU"] }')
    expect(await explainPolicies([evil], 80)).not.toContain('\u001b')
  })
})
