import { suiteOfProfile } from '../srtp/protection-profiles.ts'
import type { ScheduledKey } from '../srtp/scheduled-key.ts'
import type { MasterKey } from '../srtp/session-keys.ts'
import type { DtlsAssociation } from '../tls/dtls-association.ts'
import type { DtlsAssociations } from '../tls/dtls-associations.ts'
import type { KeyOwner, Keyring } from './keyring.ts'
import { CHANGE_GRACE_US } from './schedule.ts'

/** Why packets are unverified whose keys nothing that is given can tell. */
export const BY_DTLS_1_3 = 'the keys were agreed by DTLS 1.3, which is not read'

/** The two master keys of an association, by who sends under them (RFC 5764 §4.2). */
export type WriteKeys = Readonly<Record<'client' | 'server', MasterKey>>

/**
 * Cuts what an association exports into its master keys; nothing where its secret or its profile is not known.
 *
 * ```
 *  | client key | server key | client salt | server salt |   (RFC 5764 §4.2)
 * ```
 */
export function writeKeysOf(association: DtlsAssociation): WriteKeys | undefined {
  const suite = suiteOfProfile(association.srtpProfile ?? 0)
  if (suite === undefined) return undefined
  const { masterKeyLength: key, masterSaltLength: salt } = suite
  const material = association.exportForSrtp(2 * (key + salt))
  if (material === undefined) return undefined
  const { mki } = association
  const written = (nth: 0 | 1): MasterKey => ({
    suite,
    masterKey: material.subarray(nth * key, (nth + 1) * key),
    masterSalt: material.subarray(2 * key + nth * salt, 2 * key + (nth + 1) * salt),
    ...(mki.length > 0 && { mki }),
  })
  return { client: written(0), server: written(1) }
}

/** Whose key this is: the flow in the direction in which it is sent under. */
export function ownerOf({ client, server }: DtlsAssociation, sender: 'client' | 'server'): KeyOwner {
  const flow = sender === 'client' ? `${client} > ${server}` : `${server} > ${client}`
  return { source: 'dtls', flow }
}

/**
 * The keys that the associations of a stream's flow give its sender, oldest first. Each holds from its ServerHello on:
 * before it there was another handshake, or none. One whose secret is not known ends the keys of those before it.
 * Undefined where no association holds for the stream.
 */
export function dtlsScheduleOf(
  associations: DtlsAssociations,
  stream: { readonly source: string; readonly destination: string; readonly firstPosition: number },
  keyring: Keyring,
): ScheduledKey[] | undefined {
  const between = associations.between(stream.source, stream.destination)
  if (between.length === 0) return undefined
  let schedule: ScheduledKey[] = []
  between.forEach((association, agreement) => {
    const { client, at, completedUs } = association
    const sender = client === stream.source ? 'client' : 'server'
    const master = writeKeysOf(association)?.[sender]
    const known = master === undefined ? undefined : keyring.add(master, ownerOf(association, sender))
    if (known !== undefined) {
      const replacesUs = completedUs === undefined ? Number.POSITIVE_INFINITY : completedUs + CHANGE_GRACE_US
      schedule.push({ key: known.number, agreement, from: at.position, until: FOREVER, replacesUs, roc: 0 })
    } else if (completedUs !== undefined) {
      schedule = schedule.map((entry) => ({ ...entry, until: Math.min(entry.until, at.position) }))
    }
  })
  return schedule.filter(({ until }) => until > stream.firstPosition)
}

const FOREVER = Number.POSITIVE_INFINITY
