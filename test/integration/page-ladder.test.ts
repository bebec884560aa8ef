import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, test } from 'vitest'
import { sampleCaptures } from '../../samples/expected-reports.ts'
import type { Call, LadderStepReport, Report } from '../../src/model/report.ts'
import { CALL, ordinaryReport } from '../report/sample-report.ts'
import { hasChromium, PageBrowser, scanForPage, violationsOf } from './page-browser.ts'

const SAMPLES = fileURLToPath(new URL('../../samples/', import.meta.url))
const MERGED = fileURLToPath(new URL('../../../shared/captures/merged-three', import.meta.url))

const CAPTURES = [
  ...sampleCaptures().map((name) => ({ capture: SAMPLES + name, keys: `${SAMPLES}keys.json` })),
  ...(existsSync(`${MERGED}.pcap`) ? [{ capture: `${MERGED}.pcap`, keys: `${MERGED}.keys.json` }] : []),
]

const browser = new PageBrowser()
afterAll(() => browser.close())

if (!hasChromium) console.warn('chromium is not installed: the tests of the ladder are passed over')

function hashOf({ callId }: Call): string {
  return `#call/${encodeURIComponent(callId)}`
}

/** Names and kinds of the arrows, from top to bottom. */
function arrowsOf(page: Page): Promise<{ name: string; steps: number }[]> {
  return page.locator('.ladder-body .message').evaluateAll((all) =>
    all.map((arrow) => ({
      name: arrow.getAttribute('aria-label') ?? '',
      steps: Number((arrow as SVGGElement).dataset.steps),
    })),
  )
}

describe.runIf(hasChromium).each(CAPTURES)('the ladder of $capture', ({ capture, keys }) => {
  const scanned = scanForPage({ captures: [capture], keyFiles: [keys] })

  test('has an arrow for every message, in their order, and a band for every RTP stream', async () => {
    const report = await scanned
    for (const call of report.calls) {
      const { page, complaints } = await browser.open(report, hashOf(call))
      await page.waitForSelector('.ladder-body')
      const arrows = await arrowsOf(page)
      const { ladder = [] } = call
      expect(arrows.map(({ steps }) => steps)).toEqual(ladder.map(() => 1))
      for (const [n, { name }] of arrows.entries()) {
        const { label, from, to, frame, sdp } = ladder[n]
        expect(name).toContain(label)
        expect(name).toContain(`${from} to ${to}, at`)
        expect(name).toContain(`frame ${frame}`)
        expect(name.includes('SDP')).toBe(sdp === true)
      }
      const streams = [...report.streams].filter(({ callId, kind }) => callId === call.callId && kind === 'rtp')
      expect(await page.locator('.ladder-body .media').count()).toBe(streams.length)
      expect(await page.locator('.ladder-body .run').count()).toBe(streams.length)
      expect(complaints).toEqual([])
      await page.close()
    }
  })

  test('says of a message what it knows, by keyboard alone; and is a table as well', async () => {
    const report = await scanned
    const [call] = report.calls
    const { page } = await browser.open(report, hashOf(call))
    const [first, second] = call.ladder as readonly LadderStepReport[]
    await page.locator('.ladder-body [role=button]').first().focus()
    await expect.poll(() => page.locator('.row-details').textContent()).toContain(`frame.number == ${first.frame}`)
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => page.locator('.row-details').textContent()).toContain(`frame.number == ${second.frame}`)
    await page.getByRole('button', { name: 'As a table' }).click()
    const text = await page.locator('.ladder-table tbody').textContent()
    for (const { time, from, to } of call.ladder ?? []) {
      expect(text).toContain(time.slice(11, 26))
      expect(text).toContain(`${from}${to}`)
    }
    expect(await violationsOf(page)).toEqual([])
    await page.close()
  })
})

describe.runIf(hasChromium)('offer and answer', () => {
  test('stand side by side, the crypto lines that were agreed marked, and keys by fingerprint; a message leads there', async () => {
    const report = await scanForPage({ captures: [`${SAMPLES}mismatch.pcap`], keyFiles: [] })
    const [call] = report.calls
    const [{ media, offerLines = [], answerLines = [] }] = call.sessions
    const { page } = await browser.open(report, hashOf(call))
    await page.waitForSelector('.sdp')
    const column = (side: string) => page.locator(`.sdp td[data-side=${side}] code`).allTextContents()
    expect(await column('Offer')).toEqual(offerLines)
    expect((await column('Answer')).sort()).toEqual([...answerLines].sort())
    const [chosen, other] = media[0].offer?.crypto ?? []
    const row = (fingerprint: string | undefined) =>
      page.locator('.sdp td', { has: page.locator(`code:text-is("${cryptoLine(offerLines, fingerprint)}")`) })
    expect(await row(chosen.fingerprint).textContent()).toContain('agreed')
    expect(await row(other.fingerprint).textContent()).toContain('is sent under this key, not the agreed one')
    await page.locator('.exchange > summary').click()
    await expect.poll(() => page.locator('.sdp').count()).toBe(0)
    await page.locator('.ladder-body [role=button]').first().click()
    await page.getByRole('button', { name: 'Show SDP' }).click()
    await expect.poll(() => page.locator('.sdp').count()).toBe(1)
    await page.close()
  })
})

function cryptoLine(lines: readonly string[], fingerprint: string | undefined): string {
  return lines.find((line) => line.includes(`[key ${fingerprint}]`)) ?? ''
}

describe.runIf(hasChromium)('a ladder of five hundred messages', () => {
  const steps = Array.from(
    { length: 500 },
    (_, n): LadderStepReport => ({
      time: new Date(Date.parse(CALL.startTime) + n * 500).toISOString().replace('Z', '000Z'),
      frame: n + 1,
      from: '192.0.2.10:5060',
      to: '198.51.100.20:5060',
      label: n % 100 === 0 ? 'INVITE' : n % 100 < 50 ? 'INFO' : 'UPDATE',
      ...(n % 100 > 0 && { repeated: true as const }),
    }),
  )
  const report: Report = ordinaryReport({ calls: [{ ...CALL, ladder: steps, messages: 512 }], streams: [] })

  test('folds its retransmissions, and shows each when asked', async () => {
    const { page } = await browser.open(report, hashOf(CALL as Call))
    await page.waitForSelector('.ladder-body')
    const folded = await arrowsOf(page)
    expect(folded).toHaveLength(15)
    expect(folded.reduce((sum, { steps: n }) => sum + n, 0)).toBe(500)
    await page.getByRole('button', { name: 'Each retransmission' }).click()
    await expect.poll(async () => (await arrowsOf(page)).length).toBe(500)
    expect(await page.locator('.ladder').textContent()).toContain('12 messages more')
    expect(await violationsOf(page)).toEqual([])
    await page.close()
  })
})
