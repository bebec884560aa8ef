import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { listInterfaces } from '../../../src/capture/live/interfaces.ts'

const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-net-'))
afterAll(() => rmSync(folder, { recursive: true }))

function add(name: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(folder, name))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), `${text}\n`)
}

test('interfaces without an address are listed with what the system says of them, and the loopback is told', () => {
  add('zz-trunk0', { flags: '0x1003', ifalias: 'towards the trunk', uevent: 'INTERFACE=zz-trunk0' })
  add('zz-wlan0', { flags: '0x1002', ifalias: '', uevent: 'DEVTYPE=wlan\nINTERFACE=zz-wlan0' })
  add('zz-lo7', { flags: '0x9' })
  writeFileSync(join(folder, 'zz-bonding_masters'), '')
  const listed = listInterfaces(folder)
  expect(listed.filter(({ name }) => name.startsWith('zz-'))).toEqual([
    { name: 'zz-lo7', addresses: [], up: true, loopback: true },
    { name: 'zz-trunk0', addresses: [], description: 'towards the trunk', up: true, loopback: false },
    { name: 'zz-wlan0', addresses: [], description: 'wlan', up: false, loopback: false },
  ])
  expect(listed.at(-1)?.name).toBe('any')
})

test('without the folder those that Node knows are listed', () => {
  const listed = listInterfaces(join(folder, 'absent'))
  expect(listed.some(({ loopback, addresses }) => loopback && addresses.includes('127.0.0.1'))).toBe(true)
  expect(listed.some(({ name }) => name === 'any')).toBe(false)
})
