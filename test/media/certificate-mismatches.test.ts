import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { scan } from '../../src/scan/scan.ts'

const CAPTURE = fileURLToPath(new URL('../../../shared/captures/dtls-srtp.pcap', import.meta.url))

test.runIf(existsSync(CAPTURE))(
  'a certificate that no a=fingerprint names is a finding, without any key log',
  async () => {
    const found = (path: string) => scan({ captures: [path], workers: 1, findings: { only: ['crypto-mismatch'] } })
    expect((await found(CAPTURE)).findings).toEqual([])

    const octets = readFileSync(CAPTURE)
    const at = octets.indexOf('44:02:9E:D9')
    octets.write('45', at, 'latin1')
    const path = join(mkdtempSync(join(tmpdir(), 'srtp-scan-dtls-')), 'changed.pcap')
    writeFileSync(path, octets)
    const { findings } = await found(path)
    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatchObject({ kind: 'wire-other-certificate', severity: 'error', callId: '93facf9970072be1' })
    expect(findings[0].evidence.seen).toMatch(/^sha-256 44:02:9E:D9/)
  },
)
