import type { Readable } from 'node:stream'
import { formatEndpoint } from '../bytes/endpoint.ts'
import { resolveInputs } from '../capture/inputs.ts'
import { memoryBytes } from '../limits/limits.ts'
import { Binder } from '../media/binder.ts'
import { bindingOf } from '../media/certificate-mismatches.ts'
import { writeKeysOf } from '../media/dtls-keys.ts'
import { agreedCrypto, agreementsOf, mediaOf, rtpEndpoint } from '../media/media-line.ts'
import { isMasked, masterKeysOf } from '../media/sdes-keys.ts'
import { AnomalyLog } from '../model/anomaly-log.ts'
import type { Described, Exchange } from '../sdp/exchange.ts'
import type { MasterKey } from '../srtp/session-keys.ts'
import type { DtlsAssociations } from '../tls/dtls-associations.ts'
import { SessionSecrets } from '../tls/session-secrets.ts'
import { type UnusedSecrets, unusedSecrets } from '../tls/unused-secrets.ts'
import { Engine } from '../verify/engine.ts'
import { SLAB_BYTES } from '../verify/engine-options.ts'
import { Signalling } from './signalling.ts'
import { readTlsSecrets, type TlsSecretFiles } from './tls-secrets.ts'

/** An entry of keys.json. */
export interface KeysDocumentEntry {
  readonly suite: string
  /** Base64 of master key and master salt. */
  readonly key: string
  readonly callId?: string
  readonly src?: string
  readonly dst?: string
  readonly mki?: string
  readonly mkiLength?: number
}

export interface ScanKeysOptions extends TlsSecretFiles {
  readonly captures: readonly string[]
  readonly stdin?: Readable
  /** Called with how many of the agreed a=crypto lines show a mask in the place of their keys: these are left out. */
  readonly onMasked?: (lines: number) => void
  /** Called with what was given to read TLS with, and opened nothing of the captures. */
  readonly onUnusedSecrets?: (unused: readonly UnusedSecrets[]) => void
  /** Called with a line for all that a directory or pattern has under the name of a capture and that is none. */
  readonly onLeftOut?: (reason: string) => void
}

/**
 * The keys that were agreed in a trace's signalling, by SDES or by DTLS, as a keys.json document: the one thing that shows keys.
 *
 * @throws CaptureError where an input cannot be read
 */
export async function scanKeys(options: ScanKeysOptions): Promise<string> {
  const { captures, stdin } = options
  const { inputs, ignored } = await resolveInputs(captures, stdin ?? process.stdin)
  for (const { reason } of ignored) options.onLeftOut?.(reason)
  const maxMemoryBytes = memoryBytes()
  const engine = new Engine({ inputs, workers: 1, slabBytes: SLAB_BYTES, maxMemoryBytes })
  const exchanges: Exchange[] = []
  const binder = new Binder()
  const tlsSecrets = await readTlsSecrets(options)
  const secrets = new SessionSecrets(tlsSecrets)
  let exported: KeysDocumentEntry[] = []
  try {
    const signalling = new Signalling(
      new AnomalyLog(),
      {
        onOffer: (exchange) => {
          exchanges.push(exchange)
          binder.add(exchange)
        },
        onLateOffer: (exchange) => binder.add(exchange),
        onAnswer: (exchange) => binder.add(exchange),
      },
      secrets,
    )
    await engine.firstPass({ ...signalling.heard, slabEnd: () => undefined })
    signalling.flush()
    exported = [...exportedBy(signalling.dtls, binder)]
    options.onUnusedSecrets?.(unusedSecrets(secrets))
  } finally {
    await engine.close()
    secrets.wipe()
    tlsSecrets.keyLog.wipe()
  }
  const entries = new Map<string, KeysDocumentEntry>()
  let masked = 0
  const noteMasked = (): void => {
    masked++
  }
  for (const exchange of exchanges) {
    for (const entry of entriesOf(exchange, noteMasked)) entries.set(JSON.stringify(entry), entry)
  }
  for (const entry of exported) entries.set(JSON.stringify(entry), entry)
  if (masked > 0) options.onMasked?.(masked)
  return `${JSON.stringify({ keys: [...entries.values()] }, null, 2)}\n`
}

function* entriesOf(exchange: Exchange, onMasked: () => void): Generator<KeysDocumentEntry> {
  for (const side of ['offerer', 'answerer'] as const) {
    for (const agreement of agreementsOf(exchange, side)) {
      const { own, answer } = agreement
      const peer = side === 'offerer' ? answer : exchange.offer
      for (const { index } of own.description.media) {
        for (const crypto of agreedCrypto(index, side, agreement)) {
          if (isMasked(crypto)) {
            onMasked()
            continue
          }
          for (const master of masterKeysOf(crypto)) {
            yield entryOf(exchange.callId, master, index, own, peer)
          }
        }
      }
    }
  }
}

/** The keys of DTLS handshakes whose secrets are known: each with the flow that it is sent on. */
function* exportedBy(associations: DtlsAssociations, binder: Binder): Generator<KeysDocumentEntry> {
  for (const association of associations.all) {
    const keys = writeKeysOf(association)
    if (keys === undefined) continue
    const { client, server, at } = association
    for (const sender of ['client', 'server'] as const) {
      const [src, dst] = sender === 'client' ? [client, server] : [server, client]
      const callId = bindingOf(binder, src, dst, at.position)?.callId
      yield {
        ...keyFields(keys[sender]),
        ...(callId !== undefined && { callId }),
        src,
        dst,
        ...mkiFields(keys[sender]),
      }
    }
  }
}

function entryOf(
  callId: string,
  master: MasterKey,
  index: number,
  own: Described,
  peer: Described | undefined,
): KeysDocumentEntry {
  const [src, dst] = [own, peer].map((described) => {
    const media = mediaOf(described, index)
    const endpoint = media === undefined ? undefined : rtpEndpoint(media)
    return endpoint === undefined ? undefined : formatEndpoint(endpoint)
  })
  return {
    ...keyFields(master),
    callId,
    ...(src !== undefined && { src }),
    ...(dst !== undefined && { dst }),
    ...mkiFields(master),
  }
}

function keyFields({ suite, masterKey, masterSalt }: MasterKey): Pick<KeysDocumentEntry, 'suite' | 'key'> {
  return { suite: suite.name, key: Buffer.concat([masterKey, masterSalt]).toString('base64') }
}

function mkiFields({ mki }: MasterKey): Pick<KeysDocumentEntry, 'mki' | 'mkiLength'> {
  return mki === undefined ? {} : { mki: Buffer.from(mki).toString('hex'), mkiLength: mki.length }
}
