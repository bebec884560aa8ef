import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** docs/handshakes.md: the handshakes that the tests try, by the names of the tests, and what comes of each. */
const PAGE = fileURLToPath(new URL('../docs/handshakes.md', import.meta.url))
const ROOT = fileURLToPath(new URL('..', import.meta.url))

const INTEGRATION = 'vitest.integration.config.ts'

const FILES: readonly (readonly [file: string, heading: string, config: string])[] = [
  ['test/tls/rfc8448.test.ts', 'RFC 8448, trace by trace', 'vitest.config.ts'],
  ['test/tls/tls-connection.test.ts', "Node's tls: what is read", 'vitest.config.ts'],
  ['test/integration/openssl-tls.test.ts', "openssl's s_client and s_server: what is read", INTEGRATION],
  ['test/scan/tls-handshakes.test.ts', "Node's tls: what is said", 'vitest.config.ts'],
  ['test/integration/openssl-judged.test.ts', "openssl's s_client and s_server: what is said", INTEGRATION],
  ['test/scan/tls-weak.test.ts', 'What no library offers any more, by its octets', 'vitest.config.ts'],
  ['test/scan/not-tls.test.ts', 'TLS to a clear port, and the other way round', 'vitest.config.ts'],
  ['test/dtls/handshakes.test.ts', 'DTLS-SRTP, flights by hand', 'vitest.config.ts'],
  ['test/integration/openssl-dtls.test.ts', 'DTLS-SRTP of openssl', INTEGRATION],
]

interface Result {
  readonly title: string
  readonly ancestorTitles: readonly string[]
  readonly status: string
}

/** Runs a file's tests. @throws where one of them fails: a page must not say what does not hold */
function results(file: string, config: string): Result[] {
  const folder = mkdtempSync(join(tmpdir(), 'handshakes-'))
  const report = join(folder, 'report.json')
  try {
    const ask = ['vitest', 'run', '-c', config, '--reporter=json', `--outputFile=${report}`, file]
    const { status } = spawnSync('npx', ask, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
    if (status !== 0) throw new Error(`${file}: its tests fail`)
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      testResults: { assertionResults: Result[] }[]
    }
    return testResults.flatMap(({ assertionResults }) => assertionResults)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The tests of each group under its name; a name with an arrow says what is tried, and what the rules say of it. */
function list(all: readonly Result[]): string[] {
  const groupOf = ({ ancestorTitles }: Result) => ancestorTitles.join(', ')
  return [...new Set(all.map(groupOf))].flatMap((group) => [
    ...(group === '' ? [] : [`**${group}**`, '']),
    ...all.filter((one) => groupOf(one) === group).map(({ title }) => `- ${title}`),
    '',
  ])
}

const page = [
  '# Handshakes that are tried',
  '',
  'Each line is a test that passed when this page was written by `npm run handshakes-page`. Handshakes of Node and openssl are made on',
  'the spot over loopback. Behind an arrow stands what the rules of TLS say of a handshake, with the secrets of the connection and,',
  'where that differs, without them; what is not visible then is not called right.',
  '',
  ...FILES.flatMap(([file, heading, config]) => [
    `## ${heading}`,
    '',
    `In ${file}:`,
    '',
    ...list(results(file, config).filter(({ status }) => status === 'passed')),
  ]),
].join('\n')

writeFileSync(PAGE, page)
