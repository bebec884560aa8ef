import { scaleLinear } from 'd3-scale'
import type { Totals } from '../../model/report.ts'
import { FATES } from '../../report/html/page-index.ts'
import { formatNumber } from '../../report/layout.ts'

const WORDS = { verified: 'verified', failed: 'failed', plain: 'in the clear', unverified: 'not verifiable' } as const
/** Percent that a fate takes at least, so that one packet of millions is seen. */
const LEAST = 0.6

/** What became of all media packets: a bar, and the same in words. */
export function FateBar({ totals }: { readonly totals: Totals }) {
  const seen = FATES.filter((fate) => totals[fate] > 0)
  const sum = seen.reduce((all, fate) => all + totals[fate], 0)
  if (sum === 0) return <p class="calm">No media packets.</p>
  const widths = seen.map((fate) => Math.max(LEAST, (totals[fate] / sum) * 100))
  const scale = scaleLinear([0, widths.reduce((all, width) => all + width, 0)], [0, 100])
  let from = 0
  return (
    <div class="fates">
      <svg aria-hidden="true" width="100%" height="10">
        {seen.map((fate, n) => {
          const x = scale(from)
          from += widths[n]
          return <rect key={fate} class={fate} x={`${x}%`} width={`${scale(widths[n])}%`} height="10" />
        })}
      </svg>
      <ul aria-label="Media packets">
        {seen.map((fate) => (
          <li key={fate}>
            <i class={`swatch ${fate}`} aria-hidden="true" />
            <b>{formatNumber(totals[fate])}</b> {WORDS[fate]}
          </li>
        ))}
      </ul>
    </div>
  )
}
