import { existsSync, readFileSync } from 'node:fs'

/**
 * Prints the closing line of a run, `N passed, N failed`, from the JSON reports of the test runner that are named as
 * arguments. A file that could not be loaded holds no test and counts as one failed; so does a run that the runner
 * calls unsuccessful for an error outside any test, and a report that is not there.
 */
let passed = 0
let failed = 0
for (const path of process.argv.slice(2)) {
  if (!existsSync(path)) {
    console.error(`${path}: no report, the test run did not come to its end`)
    failed += 1
    continue
  }
  const report = JSON.parse(readFileSync(path, 'utf8'))
  const unloadable = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
  const failures = report.numFailedTests + unloadable
  passed += report.numPassedTests
  failed += failures === 0 && !report.success ? 1 : failures
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
