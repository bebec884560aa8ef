import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { composeTrace } from '../../bench/captures/compose.ts'
import { resolveInputs } from '../../src/capture/inputs.ts'
import { scan } from '../../src/index.ts'
import { F } from '../../src/rtp/stream-table.ts'
import { TraceScan } from '../../src/scan/trace-scan.ts'
import { Engine } from '../../src/verify/engine.ts'
import { SLAB_BYTES } from '../../src/verify/engine-options.ts'
import { GCM_CACHE_SLOTS } from '../../src/verify/lane-layout.ts'

/*
 * More AES-GCM keys at a time than a thread keeps contexts of: in the middle of what is verified together, some have to
 * make room for others.
 */
const CALLS = GCM_CACHE_SLOTS
const PACKETS_EACH = 3
const STREAMS = 2 * CALLS
const FILE_HEADER = 24
const RECORD_HEADER = 16
/** Of a packet of media in these traces: 12 octets of RTP, 160 of payload, 16 of tag, behind Ethernet, IPv4 and UDP. */
const MEDIA_RECORD = 42 + 12 + 160 + 16
const EVERY = 7

const folder = mkdtempSync(join(tmpdir(), 'gcm-keys-'))
const genuine = join(folder, 'genuine.pcap')
const tampered = join(folder, 'tampered.pcap')
let forged = 0

beforeAll(() => {
  composeTrace(genuine, { calls: CALLS, packetsEach: PACKETS_EACH, payload: 160, suite: 'AEAD_AES_128_GCM' })
  const trace = readFileSync(genuine)
  let media = 0
  for (let at = FILE_HEADER; at < trace.length; ) {
    const end = at + RECORD_HEADER + trace.readUInt32LE(at + 8)
    if (end - at - RECORD_HEADER === MEDIA_RECORD && media++ % EVERY === 0) {
      trace[end - 1] ^= 1
      forged++
    }
    at = end
  }
  expect(media).toBe(STREAMS * PACKETS_EACH)
  writeFileSync(tampered, trace)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each([1, 2])('every tag has its own verdict, with %i thread(s)', async (workers) => {
  const { totals } = await scan({ captures: [tampered], workers })
  expect(totals).toMatchObject({ rtp: STREAMS * PACKETS_EACH, failed: forged, unverified: 0 })
  expect(totals.verified).toBe(STREAMS * PACKETS_EACH - forged)
})

test("nothing genuine is left to the second pass, which would hide that a context was another key's", async () => {
  const { inputs } = await resolveInputs([genuine], process.stdin)
  const engine = new Engine({ inputs, workers: 1, slabBytes: SLAB_BYTES, maxMemoryBytes: 256 << 20 })
  try {
    await new TraceScan(engine, inputs, {}).read()
    const { streams } = engine
    const deferred = Array.from(
      { length: streams.count },
      (_, id) => streams.floats[streams.floatsAt(id) + F.DeferFrom],
    )
    expect(deferred).toEqual(new Array(STREAMS).fill(0))
  } finally {
    await engine.close()
  }
})
