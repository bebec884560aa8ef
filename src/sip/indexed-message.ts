import type { RAck } from './message.ts'
import type { MessageFacts } from './message-facts.ts'
import { MessageIndex } from './message-index.ts'
import { METHODS } from './method-words.ts'
import type { BodyPart } from './multipart.ts'
import { OctetTexts } from './octet-texts.ts'
import { NO_PARAMETERS } from './parameters.ts'
import type { Span } from './sound-values.ts'

/** The facts of a sound message, each made of its octets when it is asked for. Refilled with each message. */
export class IndexedMessage implements MessageFacts {
  readonly truncated = false
  readonly anomalies = []
  readonly #index = new MessageIndex()
  readonly #texts = new OctetTexts()
  #octets: Buffer = NO_OCTETS
  /** The Content-Type that was asked for last, which is that of nearly all bodies. */
  #writtenType: string | undefined
  #contentType: string | undefined

  /** False where the octets, which are not copied, are no sound message. */
  read(octets: Buffer, stream: boolean): boolean {
    this.#octets = octets
    return this.#index.read(octets, stream)
  }

  get kind(): 'request' | 'response' {
    return this.#index.status === 0 ? 'request' : 'response'
  }

  get method(): string {
    return METHODS[this.#index.method]
  }

  get status(): number | undefined {
    return this.#index.status === 0 ? undefined : this.#index.status
  }

  get callId(): string {
    return this.#text(this.#index.callId)
  }

  get cseq(): number {
    return this.#index.cseq
  }

  get branch(): string {
    return this.#text(this.#index.branch)
  }

  get hops(): number {
    return this.#index.hops
  }

  get from(): string {
    return this.#text(this.#index.from)
  }

  get to(): string {
    return this.#text(this.#index.to)
  }

  get fromTag(): string | undefined {
    return this.#textIf(this.#index.fromTag)
  }

  get toTag(): string | undefined {
    return this.#textIf(this.#index.toTag)
  }

  get requestUri(): string | undefined {
    return this.#textIf(this.#index.requestUri)
  }

  get contact(): string | undefined {
    return this.#textIf(this.#index.contact)
  }

  get product(): string | undefined {
    const { status, server, userAgent } = this.#index
    return this.#textIf(status !== 0 && server.end >= 0 ? server : userAgent)
  }

  get sessionId(): string | undefined {
    return this.#textIf(this.#index.sessionId)
  }

  get sessionExpires(): string | undefined {
    return this.#textIf(this.#index.sessionExpires)
  }

  get reasonPhrase(): string | undefined {
    return this.#textIf(this.#index.reasonPhrase)
  }

  get reason(): string | undefined {
    return this.#textIf(this.#index.reason)
  }

  get warning(): string | undefined {
    return this.#textIf(this.#index.warning)
  }

  get accept(): string | undefined {
    return this.#textIf(this.#index.accept)
  }

  get credentials(): string | undefined {
    return this.#textIf(this.#index.credentials)
  }

  get challenge(): string | undefined {
    return this.#textIf(this.#index.challenge)
  }

  get rseq(): number | undefined {
    return this.#index.rseq < 0 ? undefined : this.#index.rseq
  }

  get rack(): RAck | undefined {
    const text = this.#textIf(this.#index.rack)
    if (text === undefined) return undefined
    const [rseq, cseq, method] = text.split(' ')
    return { rseq: Number(rseq), cseq: Number(cseq), method }
  }

  get contentType(): string | undefined {
    const written = this.#textIf(this.#index.contentType)
    if (written !== this.#writtenType) {
      this.#writtenType = written
      this.#contentType = written?.toLowerCase()
    }
    return this.#contentType
  }

  get bodyLength(): number {
    return this.#octets.length - this.#index.bodyStart
  }

  get parts(): readonly BodyPart[] {
    if (this.bodyLength === 0) return NO_PARTS
    const bytes = this.#octets.subarray(this.#index.bodyStart)
    return [{ contentType: this.contentType ?? '', contentTypeParams: NO_PARAMETERS, bytes }]
  }

  #text(span: Span): string {
    span.text ??= this.#texts.get(this.#octets, span.start, span.end)
    return span.text
  }

  #textIf(span: Span): string | undefined {
    return span.end < 0 ? undefined : this.#text(span)
  }
}

const NO_OCTETS = Buffer.alloc(0)
const NO_PARTS: readonly BodyPart[] = Object.freeze([])
