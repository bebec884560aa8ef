import type { Readable } from 'node:stream'
import { formatEndpoint } from '../bytes/endpoint.ts'
import { resolveInputs } from '../capture/inputs.ts'
import { agreedCrypto, currentSides, mediaOf, rtpEndpoint } from '../media/media-line.ts'
import { masterKeysOf } from '../media/sdes-keys.ts'
import { AnomalyLog } from '../model/anomaly-log.ts'
import type { Exchange } from '../sdp/exchange.ts'
import type { MasterKey } from '../srtp/session-keys.ts'
import { SessionSecrets } from '../tls/session-secrets.ts'
import { Engine } from '../verify/engine.ts'
import { MAX_MEMORY_MB, MIB, SLAB_BYTES } from './analyse-captures.ts'
import { Signalling } from './signalling.ts'
import { readTlsSecrets, type TlsSecretFiles } from './tls-secrets.ts'

/** An entry of keys.json. */
export interface KeysDocumentEntry {
  readonly suite: string
  /** Base64 of master key and master salt. */
  readonly key: string
  readonly callId: string
  readonly src?: string
  readonly dst?: string
  readonly mki?: string
  readonly mkiLength?: number
}

export interface ScanKeysOptions extends TlsSecretFiles {
  readonly captures: readonly string[]
  readonly stdin?: Readable
}

/**
 * The SDES keys that were agreed in a trace's signalling, as a keys.json document: the one thing that shows keys.
 *
 * @throws CaptureError where an input cannot be read
 */
export async function scanKeys({ captures, stdin, ...files }: ScanKeysOptions): Promise<string> {
  const { inputs } = await resolveInputs(captures, stdin ?? process.stdin)
  const maxMemoryBytes = MAX_MEMORY_MB * MIB
  const engine = new Engine({ inputs, workers: 1, slabBytes: SLAB_BYTES, maxMemoryBytes })
  const exchanges: Exchange[] = []
  try {
    const secrets = new SessionSecrets(await readTlsSecrets(files))
    const signalling = new Signalling(
      new AnomalyLog(),
      { onOffer: (exchange) => void exchanges.push(exchange) },
      secrets,
    )
    await engine.firstPass({
      datagram: (record) => signalling.datagram(record),
      segment: (record) => signalling.segment(record),
      keyLog: (text, left) => secrets.keyLog.addPart(text, left),
      slabEnd: () => undefined,
    })
    signalling.flush()
  } finally {
    await engine.close()
  }
  const entries = new Map<string, KeysDocumentEntry>()
  for (const exchange of exchanges) {
    for (const entry of entriesOf(exchange)) entries.set(JSON.stringify(entry), entry)
  }
  return `${JSON.stringify({ keys: [...entries.values()] }, null, 2)}\n`
}

function* entriesOf(exchange: Exchange): Generator<KeysDocumentEntry> {
  for (const side of ['offerer', 'answerer'] as const) {
    const { own, peer } = currentSides(exchange, side)
    for (const media of own?.description.media ?? []) {
      if (own === undefined) continue
      for (const crypto of agreedCrypto(exchange, media.index, side, own)) {
        for (const master of masterKeysOf(crypto)) {
          yield entryOf(exchange.callId, master, media.index, own, peer)
        }
      }
    }
  }
}

type Sides = ReturnType<typeof currentSides>

function entryOf(
  callId: string,
  { suite, masterKey, masterSalt, mki }: MasterKey,
  index: number,
  own: Sides['own'],
  peer: Sides['peer'],
): KeysDocumentEntry {
  const [src, dst] = [own, peer].map((described) => {
    const media = mediaOf(described, index)
    const endpoint = media === undefined ? undefined : rtpEndpoint(media)
    return endpoint === undefined ? undefined : formatEndpoint(endpoint)
  })
  return {
    suite: suite.name,
    key: Buffer.concat([masterKey, masterSalt]).toString('base64'),
    callId,
    ...(src !== undefined && { src }),
    ...(dst !== undefined && { dst }),
    ...(mki !== undefined && { mki: Buffer.from(mki).toString('hex'), mkiLength: mki.length }),
  }
}
