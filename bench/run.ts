import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CaptureStore } from './captures/store.ts'
import { CASES, type Case, quick } from './cases.ts'
import { type Command, measureInterleaved } from './measure.ts'
import { type ContenderName, ownCommands, Peers } from './peers.ts'
import { profile } from './profile.ts'
import { formatResult, type Result } from './table.ts'

/*
 * npm run bench -- [--quick] [--only NAME,…] [--rounds N] [--folder DIR] [--openssl-libsrtp DIR] [--generate] [--no-profile]
 *
 * Whole processes over generated captures, in turn, medians, as ratios: times say something about the machine, ratios
 * about the programs. Captures are kept in the folder and taken again.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    folder: { type: 'string', default: join(tmpdir(), 'srtp-scan-bench') },
    'openssl-libsrtp': { type: 'string' },
    generate: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: true },
  },
  allowNegative: true,
})

const rounds = Number(values.rounds ?? (values.quick ? 3 : 5))
const named = values.only?.split(',')
const unknown = named?.find((name) => !CASES.some((one) => one.name === name))
if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write(`bench: ${unknown ?? rounds}: cases are ${CASES.map(({ name }) => name).join(', ')}\n`)
  process.exit(2)
}

const cases = CASES.filter(({ name, onlyByName }) => named?.includes(name) ?? !onlyByName).map((one) =>
  values.quick ? quick(one) : one,
)
mkdirSync(values.folder, { recursive: true })
const store = new CaptureStore(values.folder)
const peers = new Peers(values.folder, values['openssl-libsrtp'])
const output = join(values.folder, 'report.json')
const results: Result[] = []
for (const one of cases) {
  const capture = store.get(one.name, one.shape)
  if (values.generate) continue
  const result = await run(one, capture)
  results.push(result)
  console.log(formatResult(result, results))
  if (values.profile && /^(g711-1g|sip-only)/.test(one.name)) {
    console.log(`Where one thread's time goes over \`${one.name}\`:\n\n${profile(capture)}`)
  }
}
rmSync(output, { force: true })

async function run(of: Case, capture: string): Promise<Result> {
  const commands = new Map<ContenderName, Command>()
  for (const name of of.peers) {
    const command = peers.command(name, capture)
    if (command !== undefined) commands.set(name, command)
  }
  for (const [name, command] of ownCommands(capture, output)) commands.set(name, command)
  const measured = await measureInterleaved(commands, capture, rounds)
  const { frames } = (JSON.parse(readFileSync(output, 'utf8')) as { totals: { frames: number } }).totals
  return { of, packets: frames, sizeBytes: statSync(capture).size, measured }
}
