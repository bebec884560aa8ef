import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { resolveInputs } from '../../src/capture/inputs.ts'
import { Engine } from '../../src/verify/engine.ts'

const SAMPLE = fileURLToPath(new URL('../../samples/incident.pcapng', import.meta.url))

describe('an error while signalling is heard', () => {
  it.each([1, 3])(
    'ends the pass with that error, the waiting threads too: %i threads',
    async (workers) => {
      const { inputs } = await resolveInputs([SAMPLE], process.stdin)
      const engine = new Engine({ inputs, workers, slabBytes: 64 << 10, maxMemoryBytes: 64 << 20 })
      const listener = {
        datagram: () => {
          throw new RangeError('the listener failed')
        },
        segment: () => undefined,
        slabEnd: () => undefined,
      }
      try {
        await expect(engine.firstPass(listener)).rejects.toThrow('the listener failed')
      } finally {
        await engine.close()
      }
    },
    20_000,
  )

  it('ends the pass though its source is silent and goes on', async () => {
    const source = new PassThrough()
    source.write(readFileSync(SAMPLE))
    const { inputs } = await resolveInputs(['-'], source)
    const engine = new Engine({ inputs, workers: 1, slabBytes: 64 << 10, maxMemoryBytes: 64 << 20 })
    const listener = {
      datagram: () => {
        throw new RangeError('the listener failed')
      },
      segment: () => undefined,
      slabEnd: () => undefined,
    }
    try {
      const rest = { dueInMs: () => 10, run: async () => undefined }
      await expect(engine.firstPass(listener, rest)).rejects.toThrow('the listener failed')
    } finally {
      await engine.close()
    }
  }, 20_000)
})
