import { afterAll, describe, expect, test } from 'vitest'
import { hostileCapture } from '../report/hostile-trace.ts'
import { CALL_LINKS, hasChromium, PageBrowser, scanForPage } from './page-browser.ts'

const browser = new PageBrowser()
afterAll(() => browser.close())

if (!hasChromium) console.warn('chromium is not installed: the tests of the page are passed over')

describe.runIf(hasChromium)('script, markup, terminal escapes, bidi marks and 1 MB of text on the wire', () => {
  test('are text on the page, nothing of it runs, and nothing is fetched', async () => {
    const report = await scanForPage({ captures: [hostileCapture()] })
    const { page, requests, complaints } = await browser.open(report)
    const ofOthers = () =>
      page.evaluate(() => ({
        hacked: 'hacked' in globalThis,
        scripts: document.querySelectorAll('script:not([type])').length,
        images: document.querySelectorAll('img').length,
        handlers: [...document.querySelectorAll('*')].filter((element) =>
          element.getAttributeNames().some((name) => name.startsWith('on')),
        ).length,
        wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
      }))
    const harmless = { hacked: false, scripts: 1, images: 0, handlers: 0, wide: false }
    expect(await ofOthers()).toEqual(harmless)
    expect(await page.locator(CALL_LINKS).count()).toBe(2)
    for (const n of [0, 1]) {
      await page.locator(CALL_LINKS).nth(n).click()
      await page.waitForSelector('main.call h1')
      expect(await page.locator('main.call').textContent()).toContain('<script>hacked=1</script>')
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true
      })
      expect(await ofOthers()).toEqual(harmless)
      await page.goBack()
      await page.waitForSelector(CALL_LINKS)
    }
    expect(requests).toEqual([])
    expect(complaints).toEqual([])
    await page.close()
  })
})
