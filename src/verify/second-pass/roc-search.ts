import { type Authenticator, Verdict } from '../../srtp/authenticator.ts'

/**
 * RFC 3711 §3.3.1 gives no way to learn the counter of a stream joined late: it is searched for, with some of its packets.
 * That is a sample, and no limit: a stream all of whose packets fail has used it up before long.
 */
const SEARCHED_ROCS = 4096
const SEARCH_EVERY = 64
/**
 * The counters of a day's call of 50 packets a second. They cost a hundredth of a search, so every stream may have them
 * tried: a capture of a second in the middle of ten thousand calls has nothing else to pay with.
 */
const NEAR_ROCS = 64
const NEAR_SEARCHES = 4

/** How often the counter of a stream of so many keys may have to be searched for. */
export function searchesNeeded(keys: number): number {
  return Math.min(256, keys * 8)
}

/** A capture that starts in the middle of a call: the counter is found by trying, for a few packets only. */
export class RocSearch {
  readonly #most: number
  #searches = 0
  #nearSearches = 0
  #failedSince = SEARCH_EVERY

  /** @param most how often it may search */
  constructor(most: number) {
    this.#most = most
  }

  /** A packet did not verify. */
  failed(): void {
    this.#failedSince++
  }

  /**
   * The rollover counter above 0 under which the packet verifies, or -1, also where it is not searched for this time.
   *
   * @param known whether a packet of the stream has verified
   */
  find(authenticator: Authenticator, known: boolean, bytes: Uint8Array, offset: number, length: number): number {
    if (this.#searches >= this.#most) return known ? -1 : this.#findNear(authenticator, bytes, offset, length)
    // The first packets may be forged or another's: half of the searches are kept for later ones.
    const sparing = known || this.#searches >= this.#most / 2
    if (sparing && this.#failedSince < SEARCH_EVERY) return -1
    this.#searches++
    this.#failedSince = 0
    return findRolloverCounter(authenticator, bytes, offset, length, SEARCHED_ROCS)
  }

  #findNear(authenticator: Authenticator, bytes: Uint8Array, offset: number, length: number): number {
    if (this.#nearSearches >= NEAR_SEARCHES && this.#failedSince < SEARCH_EVERY) return -1
    this.#nearSearches++
    this.#failedSince = 0
    return findRolloverCounter(authenticator, bytes, offset, length, NEAR_ROCS)
  }
}

function findRolloverCounter(
  authenticator: Authenticator,
  bytes: Uint8Array,
  offset: number,
  length: number,
  end: number,
): number {
  if (authenticator.findRolloverCounter !== undefined) {
    return authenticator.findRolloverCounter(bytes, offset, length, 1, end)
  }
  return tryRolloverCounters(authenticator, bytes, offset, length, 1, end)
}

/** The rollover counter in [from, end) under which the packet verifies, or -1. */
export function tryRolloverCounters(
  authenticator: Authenticator,
  bytes: Uint8Array,
  offset: number,
  length: number,
  from: number,
  end: number,
): number {
  for (let roc = from; roc < end; roc++) {
    const verdict = authenticator.verifyRtp(bytes, offset, length, roc)
    if (verdict === Verdict.Verified) return roc
    // Too short, or another MKI: no counter changes that.
    if (verdict !== Verdict.Failed) return -1
  }
  return -1
}
