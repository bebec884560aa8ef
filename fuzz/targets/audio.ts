import type { AudioFile, AudioFolder } from '../../src/audio/audio-file.ts'
import { AudioWriter } from '../../src/audio/audio-writer.ts'
import { WAV_HEADER_LENGTH } from '../../src/audio/wav-header.ts'
import { readOgg } from '../../test/audio/ogg-stream.ts'
import { readScript, writeScript } from '../script.ts'
import { type FuzzTarget, promise } from '../target.ts'

const CODECS = [
  { name: 'PCMU', clockRate: 8000 },
  { name: 'PCMA', clockRate: 8000 },
  { name: 'G722', clockRate: 8000 },
  { name: 'CN', clockRate: 8000 },
  { name: 'opus', clockRate: 48000, channels: 2 },
  { name: 'AMR', clockRate: 8000, fmtp: 'octet-align=1' },
  { name: 'AMR-WB', clockRate: 16000 },
  { name: 'G729', clockRate: 8000 },
  { name: 'iLBC', clockRate: 8000, fmtp: 'mode=20' },
  undefined,
]

/** Of each packet: milliseconds since the one before, what its number and its timestamp are ahead, signed. */
const HEAD = 8

/** A file whose holes take no memory: what was written, and where it would end. */
class WrittenFile implements AudioFile {
  readonly pieces: Buffer[] = []
  octets = 0
  length = 0
  head = Buffer.alloc(0)

  write(octets: Uint8Array, at: number): void {
    promise(Number.isSafeInteger(at) && at >= 0, 'a place in a file is one')
    if (at === 0) this.head = Buffer.from(octets)
    this.pieces.push(Buffer.from(octets))
    this.octets += octets.length
    this.length = Math.max(this.length, at + octets.length)
  }
}

class WrittenFolder implements AudioFolder {
  readonly files = new Map<string, WrittenFile>()

  create(name: string): AudioFile {
    promise(/^[A-Za-z0-9@._~-]+$/.test(name) && !this.files.has(name), `${name} is a name of its own`)
    const file = new WrittenFile()
    this.files.set(name, file)
    return file
  }
}

/** Packets of a call in the clear, of any codec, any number, any time: the label says codec, side and stream. */
export const audio: FuzzTarget = {
  name: 'audio',
  longest: 6000,
  seeds: () =>
    CODECS.map((_, codec) =>
      writeScript(
        Array.from({ length: 12 }, (_, n) => {
          const bytes = new Uint8Array(HEAD + [160, 160, 160, 1, 60, 14, 20, 20, 38, 9][codec]).fill(0x84 + n)
          bytes.set([20, 0, n === 5 ? 2 : 1, 0, 160, 0, 0, 0])
          return { label: codec + (n % 2) * 16, bytes }
        }),
      ),
    ),
  run(input) {
    const folder = new WrittenFolder()
    const writer = new AudioWriter(folder, () => (input.length % 2 === 0 ? 8000 : 16000))
    let timestampUs = 1e15
    let sequence = 2 ** 33
    let rtpTimestamp = 0
    let packets = 0
    for (const { label, bytes } of readScript(input)) {
      if (bytes.length < HEAD) continue
      const head = new DataView(bytes.buffer, bytes.byteOffset)
      timestampUs += head.getInt16(0, true) * 1000
      sequence += head.getInt16(2, true)
      rtpTimestamp = (rtpTimestamp + head.getInt32(4, true)) >>> 0
      writer.push({
        streamId: `s${label >> 5}`,
        callId: 'call',
        sender: label & 16 ? 'callee' : 'caller',
        codec: CODECS[(label & 15) % CODECS.length],
        payloadType: label & 127,
        timestampUs,
        sequence,
        rtpTimestamp,
        payload: bytes.subarray(HEAD),
      })
      packets++
    }
    writer.end()
    const { heard, kept, silent, beside, unreadable, late, duplicates, leftOut } = writer.tally
    const counted = [heard, kept, silent, beside, unreadable, late, duplicates, ...leftOut.values()]
    promise(counted.reduce((a, b) => a + b, 0) === packets, 'every packet is counted once')
    for (const [name, file] of folder.files) checkFile(name, file, packets)
  },
}

function checkFile(name: string, file: WrittenFile, packets: number): void {
  // A packet is 33 s behind the one before at most here, and holds less than a second.
  const seconds = 34 * packets
  if (name.endsWith('.wav')) {
    promise(file.head.readUInt32LE(76) === file.length - WAV_HEADER_LENGTH, 'the header says how long a WAV file is')
    promise(file.length <= WAV_HEADER_LENGTH + 64_000 * seconds, 'a file is no longer than its call')
    promise(file.octets <= 200_000 * packets + 1000, 'silence is not written')
  } else {
    promise(file.octets === file.length, 'a file has no holes')
    promise(file.length <= 2000 * seconds + 64_000, 'a file is no longer than its stream')
    if (name.endsWith('.opus') && file.length > 0) readOgg(Buffer.concat(file.pieces))
  }
}
