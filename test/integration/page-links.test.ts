import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, test } from 'vitest'
import { callHash } from '../../src/page/route.ts'
import { callName } from '../../src/report/html/call-name.ts'
import { CALL, FINDING, ordinaryReport, STREAM, WHOLE_REPORT } from '../report/sample-report.ts'
import { CALL_LINKS, hasChromium, PageBrowser, scanForPage, violationsOf } from './page-browser.ts'

const SAMPLE = fileURLToPath(new URL('../../samples/mismatch.pcap', import.meta.url))

const browser = new PageBrowser()
afterAll(() => browser.close())

if (!hasChromium) console.warn('chromium is not installed: the tests of the page are passed over')

/** What the address names: it is marked, has the focus, and is in sight. */
async function named(page: Page): Promise<string> {
  const place = page.locator('main.call [aria-current]')
  await place.waitFor()
  const isSeen = (element: Element) => {
    const { top, bottom } = element.getBoundingClientRect()
    return document.activeElement === element && bottom > 0 && top < innerHeight
  }
  await expect.poll(() => place.evaluate(isSeen)).toBe(true)
  return (await place.textContent()) as string
}

describe.runIf(hasChromium)('addresses of the page', () => {
  test('lead to a finding and to a stream of a call, and from one to the other', async () => {
    const report = await scanForPage({ captures: [SAMPLE] })
    const { page, path, complaints } = await browser.open(report)
    await page.locator('summary', { hasText: 'Crypto of offer' }).click()
    await page.locator('.group[open] .places a').last().click()
    expect(await named(page)).toContain('4 of 4 RTCP packets')
    await page.locator('main.call [aria-current] .sources a', { hasText: 'stream' }).click()
    await expect.poll(() => named(page)).toContain('RTCP')
    const { page: again } = await browser.openFile(path, new URL(page.url()).hash)
    expect(await named(again)).toBe(await named(page))
    await again.close()
    await page.locator('main.call [aria-current] a', { hasText: 'Crypto of offer' }).click()
    await expect.poll(() => named(page)).toContain('4 of 4 RTCP packets')
    expect(await violationsOf(page)).toEqual([])
    expect(complaints).toEqual([])
    await page.close()
  })

  test('lead to a stream that is drawn only when it is asked for', async () => {
    const streams = Array.from({ length: 30 }, (_, n) => ({ ...STREAM, id: `s${n + 1}` }))
    const { page } = await browser.open({ ...WHOLE_REPORT, streams }, callHash(CALL.callId, 's30'))
    expect(await named(page)).toContain('s30 ')
    await page.close()
  })

  test('lead to each of two calls whose Call-IDs begin with the same 600 characters', async () => {
    const callIds = ['one', 'two'].map((end) => `${'x'.repeat(600)}-${end}`)
    const calls = callIds.map((callId, n) => ({ ...CALL, callId, from: `sip:caller-${n}@192.0.2.1` }))
    const { page } = await browser.open(ordinaryReport({ calls, streams: [], findings: [] }))
    for (const n of [1, 0]) {
      await page.locator(CALL_LINKS).nth(n).click()
      await expect.poll(() => page.locator('main.call h1').textContent()).toContain(`caller-${n}@`)
      expect(page.url()).toContain(callHash(callName(callIds[n])))
      await page.goBack()
    }
    await page.getByRole('searchbox').fill(callIds[1])
    await expect.poll(() => page.locator(CALL_LINKS).count()).toBe(1)
    await page.close()
  })

  test('of a call that is not there: it is said before all else', async () => {
    const { page } = await browser.open(WHOLE_REPORT, callHash('no-such-call'))
    const alert = page.getByRole('alert')
    expect(await alert.textContent()).toContain('no call no-such-call')
    expect((await alert.boundingBox())?.y).toBeLessThan(200)
    await page.close()
  })
})

describe.runIf(hasChromium)('the first screen', () => {
  const summaryOf = async (changes: Parameters<typeof ordinaryReport>[0]) => {
    const { page } = await browser.open(ordinaryReport(changes))
    const text = await page.locator('main > header.summary').textContent()
    await page.close()
    return text
  }

  test('says what the capture lacks', async () => {
    const [capture] = ordinaryReport().captures
    const { lost: _, ...whole } = capture
    const captures = [{ ...whole, frames: 546, truncatedFrames: 540 }]
    expect(await summaryOf({ captures })).toContain('540 of 546 frames cut by the snap length')
    expect(await summaryOf({ captures: [...captures, whole] })).toContain('1 capture of 2 lack')
  })

  test('of a trace without calls speaks of no call', async () => {
    const { callId: _, streamId: __, ...finding } = FINDING
    const totals = { ...ordinaryReport().totals, calls: 0, findings: { error: 1, warning: 2, info: 0 } }
    const none = await summaryOf({ totals, calls: [], streams: [], findings: [finding] })
    expect(none).toContain('1 error and 2 warnings; no calls')
  })
})
