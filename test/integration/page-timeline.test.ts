import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sampleCaptures } from '../../samples/expected-reports.ts'
import type { Call, Stream } from '../../src/model/report.ts'
import type { LargeReport } from '../../src/model/report-objects.ts'
import { eventsOf } from '../../src/page/timeline/call-events.ts'
import { readoutOf, summaryOf } from '../../src/page/timeline/chart-text.ts'
import { stepAt, stepsOf } from '../../src/page/timeline/steps.ts'
import { callOf, captureOf, keysOf, line, type Media, under } from '../scan/faulty-call.ts'
import { hasChromium, PageBrowser, scanForPage, violationsOf } from './page-browser.ts'

const SAMPLES = fileURLToPath(new URL('../../samples/', import.meta.url))
const MERGED = fileURLToPath(new URL('../../../shared/captures/merged-three', import.meta.url))
const CAPTURES = [
  ...sampleCaptures().map((name) => ({ capture: SAMPLES + name, keys: `${SAMPLES}keys.json` })),
  ...(existsSync(`${MERGED}.pcap`) ? [{ capture: `${MERGED}.pcap`, keys: `${MERGED}.keys.json` }] : []),
]
const ROWS = '.timelines article'

const browser = new PageBrowser()
afterAll(() => browser.close())

if (!hasChromium) console.warn('chromium is not installed: the tests of the timelines are passed over')

const hashOf = ({ callId }: Call): string => `#call/${encodeURIComponent(callId)}`

/** The streams of a call that have a timeline, by name. */
function streamsOf(report: LargeReport, { callId }: Call): Map<string, Stream> {
  return new Map([...report.streams].flatMap((stream) => (stream.callId === callId ? [[stream.id, stream]] : [])))
}

/** The row of a stream. */
const rowOf = (page: Page, id: string): Locator => page.locator(`${ROWS}[aria-labelledby="timeline-${id}"]`)

/** How many subpaths a part of a row's chart has; 0 where it is not drawn. */
async function piecesOf(row: Locator, part: string): Promise<number> {
  const path = row.locator(`path[data-part="${part}"]`)
  return (await path.count()) === 0 ? 0 : ((await path.getAttribute('d')) ?? '').split('M').length - 1
}

/** Where a part of a chart begins and ends, px in the window. */
async function extentOf(row: Locator, part: string): Promise<{ from: number; to: number }> {
  const box = await row.locator(`path[data-part="${part}"]`).evaluate((path) => {
    const { left, right } = path.getBoundingClientRect()
    return { from: left, to: right }
  })
  return box
}

describe.runIf(hasChromium).each(CAPTURES)('the timelines of $capture', ({ capture, keys }) => {
  test('every call has its streams and the moments of its signalling on one axis', async () => {
    const report = await scanForPage({ captures: [capture], keyFiles: [keys] })
    const [first] = report.calls
    const { page, complaints } = await browser.open(report, hashOf(first))
    for (const call of report.calls) {
      const streams = streamsOf(report, call)
      await page.evaluate((hash) => {
        location.hash = hash
      }, hashOf(call))
      await page.waitForFunction(
        (callId) => document.querySelector('main.call .facts code')?.textContent === callId,
        call.callId,
      )
      expect(await page.locator(ROWS).count()).toBe(streams.size)
      const extents: { stream: Stream; from: number }[] = []
      for (const [id, stream] of streams) {
        const row = rowOf(page, id)
        const steps = stepsOf(stream)
        expect(await row.locator('svg[role=img]').getAttribute('aria-label')).toBe(summaryOf(stream, steps))
        for (const kind of ['failed', 'plain', 'unverified'] as const) {
          expect((await piecesOf(row, `rate-${kind}`)) > 0, `${id} ${kind}`).toBe(stream[kind] > 0)
        }
        // A bar for each step in which something was lost.
        expect(await piecesOf(row, 'lost')).toBe(steps.filter(({ lost }) => lost > 0).length)
        expect((await piecesOf(row, 'jitter')) > 0).toBe(stream.jitterMs !== undefined)
        extents.push({ stream, from: (await extentOf(row, 'rate')).from })
      }
      if (streams.size > 0) {
        const named = await page.locator('.timelines .event title').allTextContents()
        expect(named.map((text) => text.replace(/\s+at .*/s, ''))).toEqual(eventsOf(call).map(({ text }) => text))
      }
      expectOneAxis(extents)
    }
    expect(complaints).toEqual([])
    await page.close()
  })
})

/** What began later begins further right, all in one measure. */
function expectOneAxis(extents: readonly { readonly stream: Stream; readonly from: number }[]): void {
  const inOrder = extents
    .map(({ stream, from }) => ({ ms: Date.parse(stream.firstTime), from }))
    .sort((a, b) => a.ms - b.ms)
  const [first, last] = [inOrder[0], inOrder.at(-1)]
  if (first === undefined || last === undefined || last.ms - first.ms < 100) return
  const perMs = (last.from - first.from) / (last.ms - first.ms)
  expect(perMs).toBeGreaterThan(0)
  for (const { ms, from } of inOrder) expect(Math.abs(from - first.from - (ms - first.ms) * perMs)).toBeLessThan(1.5)
}

describe.runIf(hasChromium)('a call that breaks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'page-timeline-'))
  const path = join(folder, 'breaks.pcap')
  let report: LargeReport
  let call: Call
  let broken: Stream
  beforeAll(async () => {
    const answer = [line(1, 'answered')]
    const talks = [
      { at: 0, offer: [line(1, 'offered')], answer },
      { at: 20, offer: [line(1, 'again')], answer },
    ]
    // The caller falls silent at 16 s and goes on at 20 s, after a re-INVITE, with a key that is no longer agreed.
    const caller: Media = {
      from: 'caller',
      at: 0.2,
      count: 800,
      ssrc: 1,
      firstSequence: 1,
      protect: under(keysOf('offered')),
    }
    const media = [
      caller,
      { ...caller, at: 20.3, count: 900, firstSequence: 1001 },
      { ...caller, from: 'callee' as const, count: 1200, ssrc: 2, protect: under(keysOf('answered')) },
    ]
    writeFileSync(path, captureOf(callOf(talks, media, 'breaks@203.0.113.10', 0)))
    report = await scanForPage({ captures: [path] })
    ;[call] = report.calls
    broken = [...report.streams].find(({ failed }) => failed > 0) as Stream
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each(['light', 'dark'] as const)('shows when, %s; and bars nobody', async (scheme) => {
    const { page, complaints } = await browser.open(report, hashOf(call), scheme)
    const row = rowOf(page, broken.id)
    const [x, of] = [await extentOf(row, 'failed'), await extentOf(row, 'rate')]
    const steps = stepsOf(broken)
    const lifeMs = steps[steps.length - 1].toMs - steps[0].fromMs
    const first = steps.find(({ failed }) => failed > 0) as (typeof steps)[number]
    const place = (x.from - of.from) / (of.to - of.from)
    expect(Math.abs(place - (first.fromMs - steps[0].fromMs) / lifeMs)).toBeLessThan(0.01)
    expect(await row.locator('.silence text').textContent()).toMatch(/^(no packets, )?4 s$/)
    expect(await row.locator('.explained').first().textContent()).toBe(broken.explanation?.text)
    expect(await row.locator('.explained code').allTextContents()).toContain('crypto-mismatch')
    // The callee is not heard from 24 s on.
    expect(await page.locator('.timelines .end').allTextContents()).toEqual(['last packet 09:30:24'])
    await row.locator('summary').click()
    await page.locator('.timelines input[type=range]').focus()
    await page.keyboard.press('End')
    expect(await violationsOf(page)).toEqual([])
    expect(complaints).toEqual([])
    await page.close()
  })

  test('the values of a moment are told to who points at it, and to who moves the slider', async () => {
    const { page } = await browser.open(report, hashOf(call))
    const row = rowOf(page, broken.id)
    const readout = row.locator('.readout')
    const told = await readout.textContent()
    const steps = stepsOf(broken)
    await row.evaluate((element) => element.scrollIntoView({ block: 'center' }))
    const { from, to } = await extentOf(row, 'rate')
    const svg = (await row.locator('svg').boundingBox()) as { y: number }
    const lifeMs = steps[steps.length - 1].toMs - steps[0].fromMs
    for (const part of [0.2, 0.47, 0.9]) {
      await page.mouse.move(from + (to - from) * part, svg.y + 20)
      const step = stepAt(steps, steps[0].fromMs + lifeMs * part)
      await expect.poll(() => readout.textContent()).toBe(readoutOf(step))
    }
    expect(await page.locator('.timelines .cursor').count()).toBe(2)
    await page.mouse.move(5, 5)
    await expect.poll(() => readout.textContent()).toBe(told)

    const slider = page.getByRole('slider', { name: 'Moment' })
    await slider.focus()
    await page.keyboard.press('PageUp')
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => readout.textContent()).not.toBe(told)
    const ms = Number(await slider.inputValue())
    expect(await readout.textContent()).toBe(readoutOf(stepAt(steps, ms)))
    expect(await slider.getAttribute('aria-valuetext')).toContain(`${broken.id} ${readoutOf(stepAt(steps, ms))}`)
    await page.close()
  })

  test('and stand in a table, drawn when it is asked for', async () => {
    const { page } = await browser.open(report, hashOf(call))
    const row = rowOf(page, broken.id)
    expect(await row.locator('table').count()).toBe(0)
    await row.locator('summary').click()
    await row.locator('table').waitFor()
    const packets = await row.locator('tbody td:nth-child(2)').allTextContents()
    expect(packets.map(Number)).toEqual(broken.timeline?.packets)
    await page.close()
  })
})
