import { afterAll, describe, expect, test } from 'vitest'
import { STREAM, WHOLE_REPORT } from '../report/sample-report.ts'
import { hasChromium, PageBrowser, violationsOf } from './page-browser.ts'

const browser = new PageBrowser()
afterAll(() => browser.close())

if (!hasChromium) console.warn('chromium is not installed: the tests of the page are passed over')

describe.runIf(hasChromium)('a report in which everything occurs', () => {
  const { callId: _, sender: __, ...orphan } = STREAM
  const report = { ...WHOLE_REPORT, streams: [STREAM, { ...orphan, id: 's9', src: '192.0.2.99:4000' }] }

  test('has its streams without a call, TLS, policies, captures and anomalies, and bars nobody', async () => {
    const { page, complaints, requests } = await browser.open(report)
    const parts = [
      ['#streams', '192.0.2.99:4000'],
      ['#tls', 'trunk.example.com'],
      ['#policies', 'tls.versions'],
      ['#captures', 'the capture ends within a record'],
      ['#anomalies', 'a header without a colon'],
    ]
    for (const [part, text] of parts) expect(await page.locator(part).textContent()).toContain(text)
    expect(await violationsOf(page)).toEqual([])
    expect(complaints).toEqual([])
    expect(requests).toEqual([])
    await page.close()
  })

  test('is printed with all findings open, and closes them afterwards', async () => {
    const { page } = await browser.open(report)
    const open = () => page.locator('.group[open]').count()
    expect(await open()).toBe(0)
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
    expect(await open()).toBe(report.findings.length)
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe('light')
    await page.evaluate(() => dispatchEvent(new Event('afterprint')))
    expect(await open()).toBe(0)
    await page.close()
  })

  test('says on paper what only a button would show', async () => {
    const findings = Array.from({ length: 9 }, (_, n) => ({ ...WHOLE_REPORT.findings[0], detail: `Place ${n}.` }))
    const { page } = await browser.open({ ...report, findings })
    const left = page.getByText('6 further places: shown where the report is opened.')
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
    expect(await left.isVisible()).toBe(false)
    await page.emulateMedia({ media: 'print' })
    expect(await left.isVisible()).toBe(true)
    await page.close()
  })

  test('keeps the colours that were chosen', async () => {
    const { page } = await browser.open(report)
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const light = await ground()
    await page.getByLabel('Colours').selectOption('dark')
    await page.waitForSelector('html[data-theme=dark]')
    expect(await ground()).not.toBe(light)
    await page.reload()
    await page.waitForSelector('main:not([hidden])')
    expect(await page.getByLabel('Colours').inputValue()).toBe('dark')
    expect(await ground()).not.toBe(light)
    await page.close()
  })
})
