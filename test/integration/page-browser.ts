import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { LargeReport } from '../../src/model/report-objects.ts'
import { detailsOf } from '../../src/report/formats.ts'
import { formatHtml } from '../../src/report/html/html.ts'
import { type ScanOptions, scanLarge } from '../../src/scan/scan.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

/** What is to be said where there is none: Debian's package chromium has it. */
export const hasChromium = CHROMIUM !== undefined

/** Calls in the table that are drawn. */
export const CALL_LINKS = 'main:not([hidden]) .calls tbody a'

/** A page that is open, and what it did that it should not. */
export interface OpenedPage {
  readonly page: Page
  /** Requests beside that for the page itself. */
  readonly requests: readonly string[]
  /** Errors and warnings of its console, and exceptions. */
  readonly complaints: readonly string[]
  readonly path: string
}

/** Opens reports in a real browser, from the disk, as people do. */
export class PageBrowser {
  readonly #folder = mkdtempSync(join(tmpdir(), 'page-'))
  #browser: Browser | undefined
  #reports = 0

  async open(report: LargeReport, hash = '', colorScheme: 'light' | 'dark' = 'light'): Promise<OpenedPage> {
    const path = join(this.#folder, `report-${this.#reports++}.html`)
    writeFileSync(path, [...formatHtml(report)].join(''))
    return this.openFile(path, hash, colorScheme)
  }

  async openFile(path: string, hash = '', colorScheme: 'light' | 'dark' = 'light'): Promise<OpenedPage> {
    this.#browser ??= await chromium.launch({ executablePath: CHROMIUM as string, args: ['--no-sandbox'] })
    const page = await this.#browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme })
    const requests: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => complaints.push(error.message))
    const url = `${pathToFileURL(path)}${hash}`
    await page.goto(url)
    await page.waitForSelector('main:not([hidden]):not([aria-busy])')
    const others = requests.filter((one) => one !== url && !one.startsWith('data:'))
    return { page, complaints, path, requests: others }
  }

  async close(): Promise<void> {
    await this.#browser?.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** A scan with all that the page shows. */
export function scanForPage(options: Pick<ScanOptions, 'captures' | 'keyFiles' | 'policies'>): Promise<LargeReport> {
  return scanLarge({ ...options, ...detailsOf(['html'], { verbose: false }), workers: 1 })
}

/** What axe-core finds: rule and the first element. Run by evaluation, since the policy of the page lets no script in. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<axe.AxeResults> } }).axe.run(),
  )
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)[0]}`,
  )
}
