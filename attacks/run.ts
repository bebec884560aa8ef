import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ATTACKS } from './list.ts'
import { type Outcome, Trials } from './trial.ts'

/*
 * npm run attacks -- [NAME…] [--megabytes N] [--rounds N]
 *
 * Traces that were made to cost more than their octets are worth, against ordinary traffic of as many octets: CPU time
 * of whole processes, least of the rounds. Exit status 1 where one costs more than five times as much, or its report
 * does not say what became of it.
 */
const MOST_TIMES = 5

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { megabytes: { type: 'string', default: '32' }, rounds: { type: 'string', default: '3' } },
})
const megabytes = Number(values.megabytes)
const rounds = Number(values.rounds)
const unknown = positionals.find((name) => !ATTACKS.some((attack) => attack.name === name))
if (unknown !== undefined || !(megabytes > 0) || !Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write(`attacks: ${unknown ?? 'a number'}: attacks are ${ATTACKS.map(({ name }) => name).join(', ')}\n`)
  process.exit(2)
}

const trials = new Trials(join(tmpdir(), `srtp-scan-attacks-${process.pid}`), rounds)
console.log('| attack | what is sent | MB | ns an octet | against | times | peak MB | status |')
console.log('| --- | --- | ---: | ---: | --- | ---: | ---: | ---: |')
for (const attack of ATTACKS) {
  if (positionals.length > 0 && !positionals.includes(attack.name)) continue
  const outcome = await trials.run(attack, megabytes * 1e6)
  console.log(row(outcome))
  if (outcome.ratio > MOST_TIMES || outcome.missing.length > 0) process.exitCode = 1
}

function row({ attack, octets, nsPerOctet, ratio, peakBytes, status, missing }: Outcome): string {
  const cells = [
    attack.name,
    [attack.title, ...missing].join('; **missing**: '),
    (octets / 1e6).toFixed(0),
    nsPerOctet.toFixed(1),
    attack.against,
    ratio > MOST_TIMES ? `**${ratio.toFixed(1)}**` : ratio.toFixed(1),
    (peakBytes / 1e6).toFixed(0),
    String(status),
  ]
  return `| ${cells.join(' | ')} |`
}
