import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { PACK_NAMES } from '../../src/policy/pack-names.ts'
import { scan } from '../../src/scan/scan.ts'

const CALL = fileURLToPath(new URL('../../samples/call.pcap', import.meta.url))
const LEAK = fileURLToPath(new URL('../../samples/leak.pcap', import.meta.url))
const schema = JSON.parse(readFileSync(new URL('../../schemas/report.schema.json', import.meta.url), 'utf8')) as object
const validate = new Ajv2020({ strict: true }).compile(schema)

const severityOf = (report: Awaited<ReturnType<typeof scan>>, rule: string) =>
  report.findings.find((finding) => finding.rule === rule)?.severity

describe('scan with policies', () => {
  test.each(PACK_NAMES)('%s: the report names it, and keeps to its schema', async (name) => {
    const report = await scan({ captures: [CALL], policies: [name] })
    expect(report.policies).toEqual([name])
    validate(JSON.parse(JSON.stringify(report)))
    expect(validate.errors).toBeNull()
  })

  test('without one the report says nothing of policies', async () => {
    const report = await scan({ captures: [CALL] })
    expect(report).not.toHaveProperty('policies')
    expect(report).not.toHaveProperty('policyNotShown')
    expect(severityOf(report, 'sip-cleartext')).toBe('warning')
  })

  test('zero-trust: SIP in the clear is an error, and no handshake shows the rest', async () => {
    const report = await scan({ captures: [LEAK], policies: ['zero-trust'] })
    expect(severityOf(report, 'sip-cleartext')).toBe('error')
    expect(report.policyNotShown).toContainEqual({
      statement: 'tls.mutual',
      reason: 'no TLS handshake was captured',
    })
  })

  test('a policy that is none: nothing is read', async () => {
    await expect(scan({ captures: ['none.pcap'], policies: ['none'] })).rejects.toMatchObject({
      code: 'SRTP_SCAN_USAGE',
    })
  })
})
