import { BAND_WORDS } from './chart-text.ts'
import { BANDS, type Step } from './steps.ts'

/** What the fillings mean, of those that are drawn; and the fillings themselves. */
export function Legend({ steps }: { readonly steps: readonly Step[] }) {
  const used = BANDS.filter((name) => steps.some((step) => step[name] > 0))
  const hasGood = steps.some(({ packets, failed, plain, unverified }) => packets > failed + plain + unverified)
  return (
    <>
      <svg class="fillings" width="0" height="0" aria-hidden="true">
        <defs>
          <pattern id="filling-failed" width="6" height="6" patternUnits="userSpaceOnUse">
            <rect class="failed" width="6" height="6" />
            <path class="mark-line" d="M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2 M-1,5 l2,2 M0,0 l6,6 M5,-1 l2,2" />
          </pattern>
          <pattern id="filling-plain" width="6" height="6" patternUnits="userSpaceOnUse">
            <rect class="plain" width="6" height="6" />
            <circle class="mark-dot" cx="1.5" cy="1.5" r="1.1" />
            <circle class="mark-dot" cx="4.5" cy="4.5" r="1.1" />
          </pattern>
          <pattern id="filling-unverified" width="5" height="5" patternUnits="userSpaceOnUse">
            <rect class="unverified" width="5" height="5" />
            <path class="mark-line" d="M0,2.5 h5" />
          </pattern>
          <pattern id="filling-silence" width="7" height="7" patternUnits="userSpaceOnUse">
            <path class="silence-line" d="M-1,1 l2,-2 M0,7 l7,-7 M6,8 l2,-2" />
          </pattern>
        </defs>
      </svg>
      <ul class="legend" aria-label="What is drawn">
        {hasGood && (
          <li>
            <Swatch filling="verified" /> verified
          </li>
        )}
        {used.map((name) => (
          <li key={name}>
            <Swatch filling={name} /> {BAND_WORDS[name]}
          </li>
        ))}
        <li>
          <Swatch filling="jitter" /> jitter
        </li>
        <li>
          <Swatch filling="silence" /> no packets
        </li>
        <li class="hint">Times are UTC. Point at a moment, or move the slider, to read its values.</li>
      </ul>
    </>
  )
}

function Swatch({ filling }: { readonly filling: string }) {
  return (
    <svg class="swatch-chart" width="22" height="12" aria-hidden="true">
      {filling === 'jitter' ? (
        <path class="jitter-line" d="M0,9 h6 v-5 h5 v3 h6 v2 h5" />
      ) : (
        <rect class={`fill-${filling}`} width="22" height="12" />
      )}
    </svg>
  )
}
