import { formatLinkType } from '../capture/link-types.ts'
import { PcapngPackets } from '../capture/pcapng-packets.ts'
import type { ClearFrame } from '../scan/clear-frame.ts'
import { VERSION } from '../scan/version.ts'
import { SpeechFile } from './speech-file.ts'
import type { SpeechOutput } from './speech-output.ts'

/** `--write-pcap`: a pcapng file with an interface for each link type that is met. */
export class PcapOutput implements SpeechOutput {
  readonly #path: string
  readonly #packets = new PcapngPackets(`srtp-scan ${VERSION}`)
  readonly #interfaces = new Map<number, number>()
  #file: SpeechFile | undefined

  /** @param path where checkPlace found nothing that may not be replaced */
  constructor(path: string) {
    this.#path = path
  }

  onBegin(): void {
    this.#file = new SpeechFile(this.#path, this.#packets.octets)
  }

  onFrame({ linkType, ...packet }: ClearFrame): void {
    let number = this.#interfaces.get(linkType)
    if (number === undefined) {
      number = this.#packets.addInterface(linkType, formatLinkType(linkType))
      this.#interfaces.set(linkType, number)
    }
    this.#packets.put(number, packet)
  }

  async room(): Promise<void> {
    await this.#packets.room()
    // What is destroyed could not be written: no use in going on.
    if (this.#packets.octets.destroyed) await this.#file?.written
  }

  async finish(): Promise<void> {
    this.#packets.end()
    await this.#file?.finish()
  }

  async abandon(): Promise<void> {
    this.#packets.octets.destroy()
    await this.#file?.abandon()
  }
}
