import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { sampleCaptures } from '../../samples/expected-reports.ts'
import { CALL_LINKS, hasChromium, PageBrowser, scanForPage, violationsOf } from './page-browser.ts'

const SAMPLES = fileURLToPath(new URL('../../samples/', import.meta.url))
const MERGED = fileURLToPath(new URL('../../../shared/captures/merged-three', import.meta.url))

const CAPTURES = [
  ...sampleCaptures().map((name) => ({ capture: SAMPLES + name, keys: `${SAMPLES}keys.json` })),
  ...(existsSync(`${MERGED}.pcap`) ? [{ capture: `${MERGED}.pcap`, keys: `${MERGED}.keys.json` }] : []),
]

const browser = new PageBrowser()
afterAll(() => browser.close())

if (!hasChromium) console.warn('chromium is not installed: the tests of the page are passed over')

describe.runIf(hasChromium).each(CAPTURES)('the page of $capture', ({ capture, keys }) => {
  const scanned = scanForPage({ captures: [capture], keyFiles: [keys], policies: ['zero-trust'] })

  test.each(['light', 'dark'] as const)('has nothing that bars people, %s, report and call', async (scheme) => {
    const { page } = await browser.open(await scanned, '', scheme)
    await page.evaluate(() =>
      document.querySelectorAll('details').forEach((details) => {
        details.open = true
      }),
    )
    await page.getByRole('button', { name: 'Filter columns' }).click()
    expect(await violationsOf(page)).toEqual([])
    await page.locator(CALL_LINKS).first().click()
    await page.waitForSelector('main.call h1')
    await page.evaluate(() =>
      document.querySelectorAll('details').forEach((details) => {
        details.open = true
      }),
    )
    expect(await violationsOf(page)).toEqual([])
    await page.close()
  })

  test('sorts, filters, opens a call and goes back; fetches nothing and complains of nothing', async () => {
    const report = await scanned
    const calls = [...report.calls]
    const { page, requests, complaints } = await browser.open(report)
    const links = page.locator(CALL_LINKS)
    expect(await links.count()).toBe(calls.length)

    const times = calls.map(({ startTime }) => startTime.slice(11, 23)).sort()
    const shownTimes = async () => (await links.allTextContents()).map((text) => text.slice(-12))
    expect(await shownTimes()).toEqual(times)
    await page.getByRole('button', { name: 'Time' }).click()
    expect(await shownTimes()).toEqual([...times].reverse())
    expect(await page.locator('th[aria-sort=descending]').count()).toBe(1)

    const last = calls[calls.length - 1]
    await page.getByRole('searchbox').fill(last.callId)
    await expect.poll(() => links.count()).toBe(1)
    expect(await page.locator('.tools output').textContent()).toContain(`1 of ${calls.length} call`)
    await page.getByRole('searchbox').fill('')
    await page.getByRole('button', { name: 'Filter columns' }).click()
    await page.getByLabel('Filter Duration').fill('>100000')
    await expect.poll(() => links.count()).toBe(0)
    await page.getByRole('button', { name: 'Show all' }).click()
    await expect.poll(() => links.count()).toBe(calls.length)

    const first = await links.first().textContent()
    await links.first().click()
    await page.waitForSelector('main.call h1')
    expect(page.url()).toContain('#call/')
    const opened = calls.find(({ startTime }) => startTime.includes((first as string).slice(-12)))
    expect(await page.locator('main.call').textContent()).toContain(opened?.callId)
    const streams = [...report.streams].filter(({ callId }) => callId === opened?.callId)
    expect(await page.locator('main.call').textContent()).toContain(`${streams.length} stream`)
    for (const { callId, detail } of report.findings) {
      if (callId === opened?.callId) expect(await page.locator('.found').textContent()).toContain(detail)
    }
    await page.goBack()
    await expect.poll(() => links.count()).toBe(calls.length)
    expect(requests).toEqual([])
    expect(complaints).toEqual([])
    await page.close()
  })

  test('opens a call by its address', async () => {
    const report = await scanned
    const [call] = report.calls
    const { page, complaints } = await browser.open(report, `#call/${encodeURIComponent(call.callId)}`)
    await page.waitForSelector('main.call h1')
    expect(await page.locator('main.call').textContent()).toContain(call.callId)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('is read by the keyboard alone', async () => {
    const report = await scanned
    const { page } = await browser.open(report)
    await page.locator(CALL_LINKS).first().focus()
    await page.keyboard.press('End')
    const focused = () => page.evaluate(() => document.activeElement?.closest('tr')?.getAttribute('aria-rowindex'))
    await expect.poll(focused).toBe(`${report.calls.length + 2}`)
    await page.keyboard.press('Home')
    await expect.poll(focused).toBe('3')
    await page.keyboard.press('Enter')
    await page.waitForSelector('main.call h1')
    await page.close()
  })

  test('shows all findings of a group with their frames, and the calls of one', async () => {
    const report = await scanned
    const { page } = await browser.open(report)
    const findings = [...report.findings]
    await page.evaluate(() =>
      document.querySelectorAll('details').forEach((details) => {
        details.open = true
      }),
    )
    for (const { detail } of findings.slice(0, 3))
      expect(await page.locator('#findings').textContent()).toContain(detail)
    const group = page.locator('.group', { has: page.getByRole('button', { name: /^Show its/ }) }).first()
    const often = (await group.locator('.often').textContent()) as string
    await group.getByRole('button', { name: /^Show its/ }).click()
    const wanted = Number(/(\d+) call/.exec(often)?.[1])
    await expect.poll(() => page.locator(CALL_LINKS).count()).toBe(wanted)
    await page.close()
  })
})
