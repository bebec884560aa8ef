import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { type FuzzMessage, type FuzzOrder, HEAD_WORDS, LONGEST, SHARED_BYTES, Word } from './protocol.ts'
import { TARGETS } from './targets/index.ts'

/*
 * npm run fuzz -- [TARGET…] [--minutes N] [--seed TEXT]
 *
 * Each target in turn (all of them where none is named) for N minutes. Inputs that reach something new are kept beside
 * (fuzz/corpus, not in version control) and taken again; what breaks a promise, hangs or runs out of memory is written
 * to test/fuzz/found, where the tests run it from then on. Exit status 1 where something was found.
 */
const CORPUS = join(import.meta.dirname, 'corpus')
const FOUND = join(import.meta.dirname, '../test/fuzz/found')
const HEAP_MB = 512
const PATIENCE_MS = 5000
/** What waits for nothing uses no processor: so many times its patience by the clock. */
const LONGEST_WAIT = 20

const { values, positionals } = (() => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string', default: String(Date.now()) } },
    })
  } catch (error) {
    process.stderr.write(`fuzz: ${(error as Error).message}\n`)
    process.exit(2)
  }
})()
const minutes = Number(values.minutes)
const names = TARGETS.map(({ name }) => name)
const unknown = positionals.find((name) => !names.includes(name))
if (unknown !== undefined || !(minutes > 0)) {
  process.stderr.write(
    `fuzz: ${unknown ?? values.minutes}: targets are ${names.join(', ')}; --minutes is a number above 0\n`,
  )
  process.exit(2)
}

let found = 0
for (const { name, patienceMs = PATIENCE_MS } of TARGETS) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  const said = await fuzz(name, patienceMs)
  process.stdout.write(`${name.padEnd(10)} ${said}\n`)
}
process.exitCode = found > 0 ? 1 : 0

/** Fuzzes one target until its time is over, with a new thread where one hung or died. Returns a line about it. */
async function fuzz(name: string, patienceMs: number): Promise<string> {
  const endsAtMs = Date.now() + minutes * 60_000
  const corpus = join(CORPUS, name)
  mkdirSync(corpus, { recursive: true })
  let [executions, blocks, kept, before] = [0, 0, 0, found]
  for (let turn = 0; Date.now() < endsAtMs; turn++) {
    const shared = new SharedArrayBuffer(SHARED_BYTES)
    const words = new Int32Array(shared, 0, HEAD_WORDS)
    const order: FuzzOrder = {
      target: name,
      seed: `${values.seed} ${name} ${turn}`,
      endsAtMs,
      corpus: readdirSync(corpus).map((file) => new Uint8Array(readFileSync(join(corpus, file)))),
      shared,
    }
    const why = await watch(order, patienceMs, corpus)
    executions += words[Word.Executions]
    blocks = words[Word.Blocks]
    kept = words[Word.Corpus]
    if (why === undefined) break
    if (words[Word.Executions] === 0) throw new Error(why)
    const input = new Uint8Array(shared).slice(
      HEAD_WORDS * 4,
      HEAD_WORDS * 4 + Math.min(LONGEST, words[Word.InputLength]),
    )
    remember(name, input, why)
  }
  return `${executions.toLocaleString('en')} executions, ${blocks} blocks, ${kept} inputs kept, ${found - before} found`
}

/** Undefined where the thread came to its end; else why it did not. */
function watch(order: FuzzOrder, patienceMs: number, corpus: string): Promise<string | undefined> {
  const words = new Int32Array(order.shared, 0, HEAD_WORDS)
  const thread = new Worker(new URL('./thread.mjs', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  })
  return new Promise((resolve) => {
    const end = (why: string | undefined) => {
      clearInterval(timer)
      void thread.terminate().then(() => resolve(why))
    }
    // The processor's time, not the clock's: on a machine that others use, every input takes long now and then.
    let since = { started: -1, cpu: process.cpuUsage(), ms: 0 }
    const timer = setInterval(() => {
      const started = words[Word.StartedMs]
      if (started !== since.started) since = { started, cpu: process.cpuUsage(), ms: Date.now() }
      const { user, system } = process.cpuUsage(since.cpu)
      const isLong = (user + system) / 1000 > patienceMs || Date.now() - since.ms > LONGEST_WAIT * patienceMs
      if (words[Word.Executions] > 0 && isLong) end(`takes longer than ${patienceMs} ms`)
    }, 500)
    thread.on('message', (message: FuzzMessage) => {
      if (message.kind === 'kept') writeFileSync(join(corpus, digestOf(message.input)), message.input)
      if (message.kind === 'broken') remember(order.target, message.input, message.error)
      if (message.kind === 'done') end(undefined)
    })
    thread.on('error', (error) => end(String(error instanceof Error ? error.stack : error)))
  })
}

function remember(target: string, input: Uint8Array, why: string): void {
  const folder = join(FOUND, target)
  mkdirSync(folder, { recursive: true })
  const path = join(folder, digestOf(input))
  if (!existsSync(path)) found++
  writeFileSync(path, input)
  process.stdout.write(`${target}: ${relative('.', path)} (${input.length} octets): ${why}\n`)
}

function digestOf(input: Uint8Array): string {
  return createHash('sha1').update(input).digest('hex').slice(0, 16)
}
