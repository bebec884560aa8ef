import { xmlLines, xmlTag, xmlText } from './xml.ts'

/** A test in the words of JUnit: it passes unless it failed or was skipped. */
export interface TestCase {
  readonly name: string
  /** The capture, where there is one. */
  readonly file?: string | undefined
  readonly failure?: { readonly message: string; readonly type: string; readonly lines: readonly string[] }
  readonly skipped?: string
  /** What else is to be said. */
  readonly output?: readonly string[]
}

/** How many tests there are, and how they ended. */
export interface TestCounts {
  readonly tests: number
  readonly failures: number
  readonly skipped: number
}

/** Viewers group tests by class, and Jenkins cuts it at its last dot. */
function className(suite: string): string {
  return `srtp-scan.${suite}`
}

export function formatTestCase(suite: string, { name, file, failure, skipped, output = [] }: TestCase): string {
  // A capture's clock says nothing of how long a test took.
  const tag = xmlTag('testcase', { name, classname: className(suite), time: 0, file })
  const parts = [
    failure === undefined
      ? ''
      : `<${xmlTag('failure', { message: failure.message, type: failure.type })}>${xmlLines(failure.lines)}</failure>`,
    skipped === undefined ? '' : `<skipped message="${xmlText(skipped)}"/>`,
    output.length === 0 ? '' : `<system-out>${xmlLines(output)}</system-out>`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? `<${tag}/>\n` : `<${tag}>\n${parts.join('\n')}\n</testcase>\n`
}
