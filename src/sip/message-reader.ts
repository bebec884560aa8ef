import { IndexedMessage } from './indexed-message.ts'
import type { Malformed } from './message.ts'
import { factsOf, type MessageFacts } from './message-facts.ts'
import { type ParseOptions, parseSip } from './parse.ts'

/** Reads the messages of a trace, one after the other. */
export class MessageReader {
  readonly #sound = new IndexedMessage()

  /**
   * What the model needs of the SIP message that all of `bytes` are: the same that `parseSip` finds. A sound message is
   * only indexed; every other one is parsed in full, for what is wrong with it must be said. The facts hold until the
   * next message is read, and as long as the octets stay.
   */
  read(bytes: Uint8Array, options: ParseOptions = {}): MessageFacts | Malformed {
    if (options.truncated !== true) {
      const octets = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      if (this.#sound.read(octets, options.stream === true)) return this.#sound
    }
    const message = parseSip(bytes, 0, bytes.length, options)
    return message.kind === 'malformed' ? message : factsOf(message)
  }
}
