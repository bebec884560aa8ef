import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { resolveInputs } from '../../src/capture/inputs.ts'
import { Keyring } from '../../src/media/keyring.ts'
import { decryptCaptures } from '../../src/scan/decrypt.ts'
import { scanKeys } from '../../src/scan/keys.ts'
import { scan } from '../../src/scan/scan.ts'
import { TraceScan } from '../../src/scan/trace-scan.ts'
import { KEY_ENTRY_BYTES, KeyEntryAt } from '../../src/srtp/key-entry.ts'
import { parseKeys } from '../../src/srtp/keys-file.ts'
import { KeyLog } from '../../src/tls/key-log.ts'
import { SessionSecrets } from '../../src/tls/session-secrets.ts'
import { Engine } from '../../src/verify/engine.ts'
import type { EngineOptions } from '../../src/verify/engine-options.ts'
import { GCM_CONTEXT_BYTES } from '../../src/verify/kernel.ts'
import { GCM_CACHE_SLOTS, LaneAt } from '../../src/verify/lane-layout.ts'
import { laneAddress } from '../../src/verify/shared-memory.ts'
import { markedTrace } from './marked-trace.ts'
import type { Secret } from './secrets.ts'

const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-marked-'))
afterAll(() => rmSync(folder, { recursive: true }))
const trace = markedTrace()
const call = join(folder, 'call.pcap')
writeFileSync(call, trace.capture)
const [{ octets: fileKey }] = trace.fileKeys
const keysFile = `ssrc=0xaaaa key=${Buffer.from(fileKey).toString('hex')} suite=AES_CM_128_HMAC_SHA1_80\n`

/** What is looked for: keys as they are and as SDP has them, whole. */
function needlesOf(secrets: readonly Secret[]): Map<string, Buffer> {
  return new Map(
    secrets.flatMap(({ name, octets }) => [
      [name, Buffer.from(octets)] as const,
      [`${name} in base64`, Buffer.from(Buffer.from(octets).toString('base64'))] as const,
    ]),
  )
}

/** What the kernel has made of keys: the states of HMAC in each entry, and the contexts of AES-GCM in each lane. */
function madeOf(engine: Engine): Map<string, Buffer> {
  const { memory, layout } = engine.shared
  const made = new Map<string, Buffer>()
  const take = (name: string, at: number, length: number) => {
    const octets = Buffer.from(new Uint8Array(memory.buffer, at, length))
    if (octets.some((octet) => octet !== 0)) made.set(name, octets)
  }
  for (let number = 1; number < 40; number++) {
    take(`states of key ${number}`, layout.keys + number * KEY_ENTRY_BYTES + KeyEntryAt.SrtpStates, 80)
  }
  for (let thread = 0; thread < layout.threads; thread++) {
    const lane = laneAddress(layout, thread)
    const contexts = new Uint32Array(memory.buffer, lane, LaneAt.Identity / 4)[LaneAt.GcmContexts / 4]
    for (let slot = 0; slot < GCM_CACHE_SLOTS; slot++) {
      take(`context ${slot} of thread ${thread}`, contexts + slot * GCM_CONTEXT_BYTES, 256)
    }
  }
  return made
}

function found(engine: Engine, needles: ReadonlyMap<string, Buffer>): string[] {
  const memory = Buffer.from(engine.shared.memory.buffer)
  return [...needles].flatMap(([name, octets]) => (memory.includes(octets) ? [name] : []))
}

/** Scans, and looks into the shared memory before it is closed and afterwards. */
async function lookedInto(options: Omit<EngineOptions, 'inputs' | 'maxMemoryBytes'>, stdin?: Readable) {
  const { inputs } = await resolveInputs([stdin === undefined ? call : '-'], stdin ?? Readable.from([]))
  const engine = new Engine({ ...options, inputs, maxMemoryBytes: 64 << 20 })
  const keyEntries = parseKeys(keysFile, 'keys')
  const scan = new TraceScan(engine, inputs, { keyEntries })
  await scan.read()
  await scan.analysis()
  const needles = new Map([...needlesOf(trace.secrets), ...madeOf(engine)])
  const before = found(engine, needles)
  await engine.close()
  return { before, after: found(engine, needles) }
}

describe('the memory that the threads of a scan share holds no keys when it is closed', () => {
  test.each([
    ['one thread', { workers: 1, slabBytes: 2 << 20 }],
    ['one thread, more slabs than slots', { workers: 1, slabBytes: 64 << 10 }],
    ['threads', { workers: 3, slabBytes: 64 << 10 }],
  ])('%s', async (_, options) => {
    const { before, after } = await lookedInto(options)
    for (const name of ['sound-a, SRTP authentication', 'caller in base64', 'of-the-file, SRTP encryption']) {
      expect(before).toContain(name)
    }
    expect(before.filter((name) => /^context/.test(name))).not.toEqual([])
    expect(before.filter((name) => /^states/.test(name)).length).toBeGreaterThan(5)
    expect(after).toEqual([])
  })

  test('a pipe', async () => {
    const { before, after } = await lookedInto({ workers: 1, slabBytes: 64 << 10 }, Readable.from([trace.capture]))
    expect(before).toContain('sound-a, SRTP authentication')
    expect(after).toEqual([])
  })
})

describe('secrets of TLS', () => {
  const random = Buffer.alloc(32, 0x11)
  const secret = Buffer.alloc(48, 0x5e)

  test('those of a key log are overwritten when it is forgotten', () => {
    const log = new KeyLog()
    log.add(`CLIENT_RANDOM ${random.toString('hex')} ${secret.toString('hex')}\n`)
    const kept = log.get('CLIENT_RANDOM', random) as Buffer
    expect(kept).toEqual(secret)
    log.wipe()
    expect(kept).toEqual(Buffer.alloc(48))
    expect(log.get('CLIENT_RANDOM', random)).toBeUndefined()
  })

  test('master secrets of sessions are overwritten with the trace, those of the log are not', () => {
    const keyLog = new KeyLog()
    keyLog.add(`CLIENT_RANDOM ${random.toString('hex')} ${secret.toString('hex')}\n`)
    const secrets = new SessionSecrets({ keyLog, privateKeys: [] })
    const master = Buffer.from(secret)
    secrets.keep(master, Buffer.of(1))
    secrets.wipe()
    expect(master).toEqual(Buffer.alloc(48))
    expect(keyLog.get('CLIENT_RANDOM', random)).toEqual(secret)
  })
})

describe('master keys of DTLS and master secrets of sessions are overwritten by every command that reads a trace', () => {
  test.each([
    ['scan', () => scan({ captures: [call], workers: 1 }), 1],
    ['decrypt', () => decryptCaptures({ captures: [call], sinks: [] }), 1],
    // What keys prints are texts.
    ['keys', () => scanKeys({ captures: [call] }), 0],
  ])('%s', async (_, command, rings) => {
    const ofSessions = vi.spyOn(SessionSecrets.prototype, 'wipe')
    const ofRing = vi.spyOn(Keyring.prototype, 'wipe')
    await command()
    expect([ofSessions.mock.calls.length, ofRing.mock.calls.length]).toEqual([1, rings])
    vi.restoreAllMocks()
  })
})
