import type { Growing } from '../../bytes/growing.ts'
import { keptIn } from '../../bytes/kept-in.ts'
import { LIMITS, type OnLimit } from '../../limits/limits.ts'
import type { MessageContext } from '../context.ts'
import type { MessageFacts } from '../message-facts.ts'
import { FRAMES, type ScannerFacts } from './facts.ts'

/**
 * Products that scan, by the first word of their User-Agent: SIPVicious and what was made of it, libraries that only
 * scanners and dialers of spam are seen with, tools of penetration tests. Products that people also phone with (eyeBeam,
 * X-Lite) and load generators (SIPp) are left out, however often they are borrowed.
 */
const SCANNERS: ReadonlySet<string> = new Set([
  ...['friendly-scanner', 'friendly-request', 'sipvicious', 'sundayddr', 'sip-scan', 'sipscan', 'sipcli', 'sipv'],
  ...['vaxsipuseragent', 'vaxipuseragent', 'conaito', 'pplsip', 'iwar', 'sipsak', 'sivus', 'gulp', 'smap'],
  ...['sippts', 'viproy', 'nmap'],
])

const MOST = LIMITS.scanners.most
const MOST_PRODUCTS = 4096

/** Counts the requests of known scanners, by source. */
export class Scanners {
  beyond = 0
  readonly #known = new Map<string, boolean>()
  readonly #kept = new Map<string, Growing<ScannerFacts>>()
  readonly #onLimit: OnLimit

  constructor(onLimit: OnLimit) {
    this.#onLimit = onLimit
  }

  request({ product }: MessageFacts, { source, at }: MessageContext): void {
    if (product === undefined || !this.#isScanner(product)) return
    const key = `${source.address} ${product}`
    const kept = keptIn(this.#kept, key, MOST, () => ({ address: source.address, product, requests: 0, at: [] }))
    if (kept === undefined) {
      this.beyond++
      this.#onLimit('scanners', at)
      return
    }
    kept.requests++
    if (kept.at.length < FRAMES) kept.at.push(at)
  }

  list(): readonly ScannerFacts[] {
    return [...this.#kept.values()]
  }

  #isScanner(product: string): boolean {
    let known = this.#known.get(product)
    if (known === undefined) {
      known = SCANNERS.has(firstWord(product).toLowerCase())
      if (this.#known.size >= MOST_PRODUCTS) this.#known.clear()
      this.#known.set(product, known)
    }
    return known
  }
}

/** Up to a version, a comment or a space. */
function firstWord(product: string): string {
  let end = 0
  while (end < product.length && !'/ (:'.includes(product[end])) end++
  return product.slice(0, end)
}
