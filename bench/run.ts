import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { composeBenchCapture } from './capture.ts'

/**
 * `npm run bench -- [calls]`: whole processes over one generated capture, interleaved, medians, as ratios to the first
 * peer that is installed. Absolute times say something about the machine, ratios about the programs.
 */
interface Contender {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

const ROUNDS = 5
const PACKETS_A_CALL = 815

const calls = Number(process.argv[2] ?? 200)
const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-bench-'))
try {
  const capture = join(folder, 'bench.pcap')
  writeFileSync(capture, composeBenchCapture(calls))
  const contenders = installed(contendersFor(capture))
  console.log(
    `${calls} calls, some ${calls * PACKETS_A_CALL} packets, ${(statSync(capture).size / 1e6).toFixed(0)} MB, median of ${ROUNDS}`,
  )
  const times = new Map(contenders.map(({ name }) => [name, [] as number[]]))
  for (const contender of contenders) time(contender)
  for (let round = 0; round < ROUNDS; round++) {
    for (const contender of contenders) times.get(contender.name)?.push(time(contender))
  }
  const medians = contenders.map(({ name }) => ({ name, seconds: median(times.get(name) ?? []) }))
  const [reference] = medians
  for (const { name, seconds } of medians) {
    const rate = (calls * PACKETS_A_CALL) / seconds / 1e6
    const ratio = (reference as { seconds: number }).seconds / seconds
    console.log(
      `${name.padEnd(36)} ${seconds.toFixed(2).padStart(7)} s ${rate.toFixed(2).padStart(7)} Mpkt/s ${ratio.toFixed(1).padStart(6)} x`,
    )
  }
} finally {
  rmSync(folder, { recursive: true })
}

function contendersFor(capture: string): Contender[] {
  const cli = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url))
  const scan = (workers: number): Contender => ({
    name: `srtp-scan --workers ${workers}`,
    command: process.execPath,
    args: [cli, capture, '--workers', `${workers}`, '--format', 'json', '--fail-on', 'never'],
  })
  return [
    { name: 'tshark -q -z rtp,streams', command: 'tshark', args: ['-q', '-z', 'rtp,streams', '-r', capture] },
    { name: 'tcpdump -w /dev/null', command: 'tcpdump', args: ['-w', '/dev/null', '-r', capture] },
    scan(1),
    ...(availableParallelism() > 1 ? [scan(availableParallelism())] : []),
  ]
}

function installed(contenders: readonly Contender[]): Contender[] {
  return contenders.filter(({ name, command }) => {
    const there =
      command === process.execPath || spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined
    if (!there) console.log(`${name}: not installed`)
    return there
  })
}

/** Seconds from start to end of the process. */
function time({ name, command, args }: Contender): number {
  const started = performance.now()
  const { status, error } = spawnSync(command, args, { stdio: 'ignore' })
  if (error !== undefined || status !== 0) throw new Error(`${name} ended with ${error?.message ?? status}`)
  return (performance.now() - started) / 1000
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}
