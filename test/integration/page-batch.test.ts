import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { Command } from './command-process.ts'
import { hasChromium, PageBrowser, violationsOf } from './page-browser.ts'

const SAMPLES = fileURLToPath(new URL('../../samples', import.meta.url))

const browser = new PageBrowser()
afterAll(() => browser.close())

if (!hasChromium) console.warn('chromium is not installed: the tests of the page are passed over')

describe.runIf(hasChromium)('the summary of a batch as a page', () => {
  test('bars nobody, fetches nothing, and leads to reports and calls', async () => {
    const out = mkdtempSync(join(tmpdir(), 'batch-pages-'))
    expect(
      (await new Command(['batch', SAMPLES, '--out', out, '--format', 'html', '--fail-on', 'never']).ended).status,
    ).toBe(0)
    const { page, requests, complaints } = await browser.openFile(join(out, 'summary.html'), '', 'dark')
    expect(await violationsOf(page)).toEqual([])
    expect(await page.locator('h1').textContent()).toContain('6 captures')
    // What is wrong stands where no table has to be scrolled for it.
    expect((await page.locator('#captures th').allTextContents()).slice(0, 2)).toEqual(['Capture', 'Worst findings'])
    expect(requests).toEqual([])
    await page.locator('#rules a[href*="mismatch.pcap.html#call/"]').first().click()
    await page.waitForSelector('main.call h1')
    expect(await page.locator('.found').textContent()).toContain('Crypto of offer, answer and wire')
    expect(complaints).toEqual([])
    await page.close()
  })
})
