/*
 * Loaded before the command (`node --import`), it lets a fault come at an exact step: with FAULT='readSync 2 truncate FILE 1000'
 * the second call of readSync finds FILE cut to 1,000 octets. Steps are functions of node:fs ('promises.rename') that the
 * sources call in the main thread; 'thread.walking' is the nth slab that a thread of the
 * pool begins to walk (Stage of src/verify/lane-layout.ts, and 'start'): there it has no more memory ('starve') or fails
 * ('throw'); 'main.walking' is the same of the main thread. A FILE that is named is told of every slab that a thread takes.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import threads from 'node:worker_threads'

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url))
const [step, nth, fault, file, size] = (process.env.FAULT ?? '').split(' ')

const FAULTS = {
  truncate: () => fs.truncateSync(file, Number(size)),
  append: () => fs.appendFileSync(file, Buffer.alloc(Number(size))),
  remove: () => fs.unlinkSync(file),
  removeFolder: () => fs.rmdirSync(file),
  refuse: () => {
    throw Object.assign(new Error('EACCES: permission denied, open'), { code: 'EACCES' })
  },
  starve: () => {
    for (const hoard = []; ; ) hoard.push(new Array(1e5).fill(hoard.length + 0.5))
  },
  throw: () => {
    throw new RangeError('a fault of the test')
  },
  reject: () => void Promise.reject(new RangeError('a fault of the test')),
  SIGINT: () => process.kill(process.pid, 'SIGINT'),
  SIGTERM: () => process.kill(process.pid, 'SIGTERM'),
  SIGKILL: () => process.kill(process.pid, 'SIGKILL'),
}

function faultAt(name) {
  const owner = name.startsWith('promises.') ? fs.promises : fs
  const key = name.replace('promises.', '')
  const real = owner[key]
  let count = 0
  owner[key] = function (...args) {
    // Node and the loader of the sources read files too, as their versions like.
    const isOurs = new Error().stack.includes(SOURCES)
    const meant = isOurs && (fault !== 'refuse' || args[0] === file)
    const comes = meant && ++count === Number(nth)
    if (comes) FAULTS[fault]()
    // A signal is heard in another turn.
    if (comes && name !== key) return delay(1000).then(() => real.apply(this, args))
    return real.apply(this, args)
  }
}

class SmallWorker extends threads.Worker {
  constructor(url, options) {
    super(url, { ...options, resourceLimits: { maxOldGenerationSizeMb: 48 } })
  }
}

/** What a thread of the pool says that it is at (Stage), and the word of its lane that says so. */
const STAGES = ['', 'claimed', 'walking', 'walked', 'committing', 'committed']
const STAGE_WORD = 29

function faultInThread(stage) {
  const { store } = Atomics
  let count = 0
  Atomics.store = (words, index, value) => {
    const stored = store(words, index, value)
    if (index === STAGE_WORD && value === STAGES.indexOf('claimed') && file) fs.appendFileSync(file, 'claimed ')
    if (index === STAGE_WORD && value === stage && ++count === Number(nth)) FAULTS[fault]()
    return stored
  }
}

const [owner, stage] = (step ?? '').split('.')
if (owner === 'thread' && threads.isMainThread) threads.Worker = SmallWorker
else if (stage === 'start') FAULTS[fault]()
else if (owner === 'thread') faultInThread(STAGES.indexOf(stage))
else if (owner === 'main' && threads.isMainThread) faultInThread(STAGES.indexOf(stage))
else if (owner !== '' && threads.isMainThread) faultAt(step)
syncBuiltinESMExports()
