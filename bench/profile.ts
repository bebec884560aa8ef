import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where time goes, by the place of a function: its source file, or its name where it is the kernel's. */
const PHASES: readonly (readonly [phase: string, place: RegExp])[] = [
  ['collecting garbage', /^\(garbage collector\)/],
  ['reading the file', /^read(Sync)? |src\/capture\/file-slabs|^readSync/],
  [
    'verifying tags',
    /^wasm .*(hmac|gcm|sha1|ghash|aes|hash|block|lane\/(verdicts|jobs|hmac-jobs|gcm-jobs|single))|src\/srtp\//,
  ],
  ['streams and statistics', /^wasm .*lane\/(statistics|stream-table|payload-sample)|src\/rtp\//],
  ['walking and decoding', /^wasm |src\/(capture|net)\//],
  ['handing on in order', /src\/verify\/|node:internal.*(atomics|wait)/],
  [
    'signalling, keys',
    /src\/(sip|sdp|media|tls)\/|src\/scan\/signalling|node_modules\/sdp-transform|node:internal\/crypto/,
  ],
  ['model and findings', /src\/(model|rules|bytes)\/|node_modules\/ipaddr/],
  ['report', /src\/(report|cli\/output)/],
]
const REST = 'start-up and the rest'

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/**
 * Shares of the time of one thread over a capture, by phase, as Markdown. Runs from the sources, whose file names tell
 * the phases apart; compiling them on the way is among the rest.
 */
export function profile(capture: string): string {
  const folder = mkdtempSync(join(process.env.TMPDIR ?? '/tmp', 'srtp-scan-profile-'))
  try {
    const cli = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
    const { status } = spawnSync(
      process.execPath,
      [
        ...['--import', 'tsx', '--cpu-prof', '--cpu-prof-interval', '500', '--cpu-prof-dir', folder],
        ...[cli, capture, '--workers', '1', '--format', 'json', '--output', join(folder, 'report.json')],
        ...['--fail-on', 'never'],
      ],
      { stdio: 'ignore' },
    )
    if (status !== 0) throw new Error(`the profiled scan ended with ${status}`)
    const [name] = readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'))
    return formatShares(JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function formatShares({ nodes, samples, timeDeltas }: CpuProfile): string {
  const phaseOf = new Map(nodes.map(({ id, callFrame }) => [id, phase(callFrame)]))
  const times = new Map<string, number>()
  let total = 0
  samples.forEach((id, n) => {
    const name = phaseOf.get(id) ?? REST
    if (name === 'waiting') return
    times.set(name, (times.get(name) ?? 0) + timeDeltas[n])
    total += timeDeltas[n]
  })
  const lines = [...times]
    .sort((a, b) => b[1] - a[1])
    .map(([name, time]) => {
      const share = `${((100 * time) / total).toFixed(1)} %`
      return `| ${name.padEnd(24)} | ${share.padStart(6)} | ${(time / 1e6).toFixed(2).padStart(7)} |`
    })
  return [
    `| ${'phase'.padEnd(24)} |  share | seconds |`,
    `| ${'-'.repeat(24)} | -----: | ------: |`,
    ...lines,
    '',
  ].join('\n')
}

function phase({ functionName, url }: CpuProfile['nodes'][number]['callFrame']): string {
  if (functionName === '(idle)') return 'waiting'
  const isKernel = url.startsWith('wasm:') || functionName.startsWith('wasm-')
  const place = isKernel ? `wasm ${functionName}` : `${functionName} ${url}`
  return PHASES.find(([, where]) => where.test(place))?.[0] ?? REST
}
