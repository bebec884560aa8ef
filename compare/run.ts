import { parseArgs } from 'node:util'
import { escapeText } from '../src/report/escape.ts'
import { type Comparison, compare, unexplained } from './comparison.ts'
import { formatComparison, formatSum } from './text.ts'
import { tsharkVersion } from './tshark.ts'

/*
 * npm run compare -- [--tls-keylog FILE] FILE…
 *
 * Holds what srtp-scan says of captures against what tshark says: docs/decisions/compare.md. The exit status is 0 where every
 * difference has a reason, 1 where one has none, 2 where the two cannot be compared.
 */
function fail(text: string): never {
  process.stderr.write(`compare: ${escapeText(text)}\n`)
  process.exit(2)
}

const { positionals: captures, values } = (() => {
  try {
    return parseArgs({ allowPositionals: true, options: { 'tls-keylog': { type: 'string' } } })
  } catch (error) {
    return fail((error as Error).message)
  }
})()
if (captures.length === 0) fail('no capture is named: npm run compare -- samples/call.pcap')
if (tsharkVersion() === undefined) fail('tshark is not installed: nothing can be compared')

const comparisons: Comparison[] = []
for (const capture of captures) {
  const comparison = await compare(capture, values['tls-keylog']).catch((error: Error) => fail(error.message))
  process.stdout.write(formatComparison(comparison))
  comparisons.push(comparison)
}
process.stdout.write(formatSum(comparisons))
process.exitCode = comparisons.some((one) => unexplained(one).length > 0) ? 1 : 0
