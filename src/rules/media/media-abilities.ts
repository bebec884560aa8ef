import type { FrameRef } from '../../bytes/frame-ref.ts'
import { keptIn } from '../../bytes/kept-in.ts'
import { LIMITS } from '../../limits/limits.ts'
import type { AnalysedCall, AnalysedExchange } from '../../model/analysis.ts'
import type { MediaDescriptionReport, SessionMedia } from '../../model/report.ts'
import { isSecure } from '../agreement.ts'
import type { OnRuleLimit } from '../finding-room.ts'

/** What a host was seen to agree on. */
export interface Abilities {
  /** The first agreement on RTP/AVP without keys, and on protected media. */
  plainAt?: FrameRef
  secureAt?: FrameRef
  /** Whether an a=crypto line of such an agreement had an MKI or session parameters. */
  takesExtras?: boolean
  /** Suites that it agreed on, and codecs that it named in what was agreed, as `PCMU/8000`. */
  readonly suites: Set<string>
  readonly codecs: Set<string>
  /** The lists of codecs that were taken in: descriptions share those that are alike. */
  readonly lists: Set<readonly string[]>
}

/** Texts of a host: suites and codecs that it is known by are fewer. */
const MOST_TEXTS = 64

/** Remembers of each host of a trace what media it agreed on: what it refuses elsewhere is judged by that. */
export class MediaAbilities {
  readonly #hosts = new Map<string, Abilities>()
  readonly #onLimit: OnRuleLimit

  constructor(onLimit: OnRuleLimit) {
    this.#onLimit = onLimit
  }

  take({ exchanges }: AnalysedCall): void {
    for (const exchange of exchanges) {
      if (exchange.session.outcome !== 'answered') continue
      const { source, destination } = exchange.offer
      this.#learn(source.address, exchange, 'offer')
      this.#learn(destination.address, exchange, 'answer')
    }
  }

  of(address: string): Abilities | undefined {
    return this.#hosts.get(address)
  }

  #learn(address: string, { session, offer }: AnalysedExchange, side: 'offer' | 'answer'): void {
    for (const media of session.media) {
      const { agreed, [side]: own } = media
      if (agreed === undefined || own === undefined) continue
      const abilities = this.#abilitiesOf(address)
      if (abilities === undefined) return
      if (agreed.keying !== 'none' || isSecure(agreed)) abilities.secureAt ??= offer.at
      else abilities.plainAt ??= offer.at
      if (hasExtras(media)) abilities.takesExtras = true
      if (agreed.suite !== undefined) addTo(abilities.suites, agreed.suite)
      if (abilities.lists.has(own.codecs) || abilities.lists.size >= MOST_TEXTS) continue
      abilities.lists.add(own.codecs)
      for (const codec of codecsOf(own)) addTo(abilities.codecs, codec)
    }
  }

  #abilitiesOf(address: string): Abilities | undefined {
    const none = (): Abilities => ({ suites: new Set(), codecs: new Set(), lists: new Set() })
    const abilities = keptIn(this.#hosts, address, LIMITS.hostsRemembered.most, none)
    if (abilities === undefined) this.#onLimit('hostsRemembered')
    return abilities
  }
}

function hasExtras({ offer, answer }: SessionMedia): boolean {
  return [offer, answer].some((described) =>
    described?.crypto.some(({ mki, sessionParameters }) => mki !== undefined || sessionParameters !== undefined),
  )
}

/** The codecs of a description that carry speech or pictures. */
export function codecsOf({ codecs }: Pick<MediaDescriptionReport, 'codecs'>): readonly string[] {
  return codecs.filter((codec) => !/^(telephone-event|CN)\b/i.test(codec))
}

function addTo(texts: Set<string>, text: string): void {
  if (texts.size < MOST_TEXTS) texts.add(text)
}
