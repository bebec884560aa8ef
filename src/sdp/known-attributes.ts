import type { SdpLine } from './line-cache.ts'
import type { TransformedSection } from './transform-adapter.ts'

const MOST = 4096

/**
 * The attributes of a section so far, one object for all sections that say the same in the same order, as the calls of
 * a device do. What is read of them is kept here, and so done once.
 */
export class KnownAttributes {
  static #none = new KnownAttributes()
  static #known = 0
  transformed: TransformedSection | undefined
  readonly #longer = new Map<number, KnownAttributes>()

  static none(): KnownAttributes {
    if (KnownAttributes.#known > MOST) {
      KnownAttributes.#none = new KnownAttributes()
      KnownAttributes.#known = 0
    }
    return KnownAttributes.#none
  }

  /** These and one more; undefined where its octets were not compared. */
  and({ id }: SdpLine): KnownAttributes | undefined {
    if (id === 0) return undefined
    const known = this.#longer.get(id)
    if (known !== undefined) return known
    const longer = new KnownAttributes()
    this.#longer.set(id, longer)
    KnownAttributes.#known++
    return longer
  }
}
