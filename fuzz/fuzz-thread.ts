import { parentPort, workerData } from 'node:worker_threads'
import fc from 'fast-check'
import { Coverage } from './coverage.ts'
import { Mutator } from './mutation.ts'
import { type FuzzMessage, type FuzzOrder, HEAD_WORDS, LONGEST, Word } from './protocol.ts'
import { shrunk } from './shrink.ts'
import type { FuzzTarget } from './target.ts'
import { TARGETS } from './targets/index.ts'

/** Executions between two looks at the coverage, which cost as much as some of them. */
const BATCH = 48
const MADE_AT_ONCE = 64

const order = workerData as FuzzOrder
const target = TARGETS.find(({ name }) => name === order.target) as FuzzTarget
const words = new Int32Array(order.shared, 0, HEAD_WORDS)
const shown = new Uint8Array(order.shared, HEAD_WORDS * 4)
const say = (message: FuzzMessage) => parentPort?.postMessage(message)

/** The error of an execution, or undefined. Who watches sees what is being run. */
async function execute(input: Uint8Array): Promise<unknown> {
  shown.set(input.subarray(0, shown.length))
  words[Word.InputLength] = input.length
  words[Word.StartedMs] = Date.now() & 0x7fffffff
  Atomics.add(words, Word.Executions, 1)
  try {
    // A target may keep what it was given only while it runs.
    await target.run(Uint8Array.from(input))
    return undefined
  } catch (error) {
    return error
  }
}

const longest = target.longest ?? LONGEST
const corpus: Uint8Array[] = []
const reasons = new Set<string>()
const coverage = new Coverage()
const mutator = new Mutator(order.seed, target.words ?? [], longest)
const isOver = () => Date.now() >= order.endsAtMs

/** Runs one input; keeps it where it reaches something new, and reports it where it breaks something. */
async function attempt(input: Uint8Array): Promise<void> {
  const error = await execute(input)
  if (error !== undefined) await report(input, error)
}

async function report(input: Uint8Array, error: unknown): Promise<void> {
  const reason = reasonOf(error)
  if (reasons.has(reason)) return
  reasons.add(reason)
  const least = await shrunk(input, async (smaller) => {
    const found = await execute(smaller)
    return found !== undefined && reasonOf(found) === reason
  })
  const said = await execute(least)
  say({ kind: 'broken', input: least, error: said instanceof Error ? (said.stack ?? said.message) : String(said) })
}

/** Two inputs that fail at one place for one reason are one finding. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const place = error.stack?.split('\n').find((line) => line.includes('/src/')) ?? ''
  return `${error.name} ${error.message.replaceAll(/\d+/g, 'n').slice(0, 60)} ${place.trim()}`
}

function keep(input: Uint8Array): void {
  corpus.push(input)
  words[Word.Corpus] = corpus.length
  words[Word.Blocks] = coverage.blocks
}

function* made(): Generator<Uint8Array> {
  for (let turn = 0; target.made !== undefined; turn++) {
    yield* fc.sample(target.made, { numRuns: MADE_AT_ONCE, seed: mutator.below(0x7fffffff) + turn })
  }
}

for (const input of [...(await target.seeds()), ...order.corpus]) {
  if (isOver()) break
  const start = input.length > longest ? input.slice(0, longest) : Uint8Array.from(input)
  await attempt(start)
  if (coverage.fresh() > 0 || corpus.length === 0) keep(start)
}
const fresh = made()
while (!isOver()) {
  const batch = Array.from({ length: BATCH }, (_, n) => {
    const drawn = n % 4 === 0 ? fresh.next().value : undefined
    const base = drawn ?? mutator.pick(corpus)
    return drawn !== undefined && n % 8 === 0 ? drawn : mutator.changed(base, mutator.pick(corpus))
  })
  for (const input of batch) {
    await attempt(input)
    if (isOver()) break
  }
  if (coverage.fresh(true) === 0) continue
  for (const input of batch) {
    await execute(input)
    if (coverage.fresh() === 0) continue
    keep(input)
    say({ kind: 'kept', input })
    if (isOver()) break
  }
}
say({ kind: 'done', executions: words[Word.Executions], kept: corpus.length, blocks: coverage.blocks })
