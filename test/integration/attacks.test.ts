import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ATTACKS } from '../../attacks/list.ts'
import { Trials } from '../../attacks/trial.ts'
import { DEFAULT_MEMORY_MB } from '../../src/limits/limits.ts'

const OCTETS = 8e6
const MOST_TIMES = 5
/** What a scan takes beside its state: docs/limits.md. */
const FIXED_BYTES = 140 << 20

const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-attacks-'))
const trials = new Trials(folder, 1)
/**
 * Whatever else the machine does only adds to it, or to what starting up costs, which is taken off: a figure that is too
 * high is taken again, of more octets.
 */
const carefulTrials = new Trials(folder, 3)
afterAll(() => rmSync(folder, { recursive: true }))

test.each(ATTACKS)(
  '$name: $title costs no more than five times what ordinary traffic does, and is reported whole',
  async (attack) => {
    const once = await trials.run(attack, OCTETS)
    const outcome = once.ratio < MOST_TIMES ? once : await carefulTrials.run(attack, 4 * OCTETS)
    const { ratio, peakBytes, status, missing } = outcome
    expect(missing).toEqual([])
    expect([0, 1]).toContain(status)
    expect(ratio).toBeLessThan(MOST_TIMES)
    expect(peakBytes).toBeLessThan((maxMemoryMb(attack.args) << 20) + FIXED_BYTES)
  },
  600_000,
)

function maxMemoryMb(args: readonly string[] = []): number {
  const at = args.indexOf('--max-memory')
  return at < 0 ? DEFAULT_MEMORY_MB : Number(args[at + 1])
}
