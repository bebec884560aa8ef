import { MediaKind, mediaKind } from '../../src/rtp/media-kind.ts'
import { createAuthenticator, Verdict } from '../../src/srtp/authenticator.ts'
import { rtpHeaderLength } from '../../src/srtp/packet-layout.ts'
import { deriveSessionKeys, type MasterKey } from '../../src/srtp/session-keys.ts'
import { SUITES } from '../../src/srtp/suites.ts'
import { compileKernel, instantiateKernel } from '../../src/verify/kernel.ts'
import { KeyTable } from '../../src/verify/key-table.ts'
import { allocate, layoutOf } from '../../src/verify/shared-memory.ts'
import { protectRtcp, protectRtp } from '../../test/srtp/protect.ts'
import { distinct, seedDatagrams } from '../seed-captures.ts'
import { type FuzzTarget, promise } from '../target.ts'

const layout = layoutOf({
  threads: 1,
  slabBytes: 64 << 10,
  maxMemoryBytes: 1 << 20,
})

/** Of every suite a key without an MKI and one with; made when the target is first run. */
function makeKeys() {
  const memory = allocate(layout)
  const table = new KeyTable(instantiateKernel(compileKernel(), memory), memory.buffer, layout, 0)
  return SUITES.flatMap((suite) => [undefined, Uint8Array.of(1, 2, 3, 4)].map((mki) => ({ suite, mki }))).map(
    ({ suite, mki }, n) => {
      const master: MasterKey = {
        suite,
        masterKey: new Uint8Array(suite.masterKeyLength).fill(n + 1),
        masterSalt: new Uint8Array(suite.masterSaltLength).fill(n + 2),
        ...(mki !== undefined && { mki }),
      }
      table.put(n + 1, master)
      const session = deriveSessionKeys(master)
      return { session, reference: createAuthenticator(session), tested: table.authenticator(n + 1) }
    },
  )
}

let keys: ReturnType<typeof makeKeys> | undefined

/** A packet of a media port; the first octet chooses the key that it is verified with. */
export const srtp: FuzzTarget = {
  name: 'srtp',
  longest: 2000,
  seeds: () => {
    const media = seedDatagrams()
      .filter(({ transport, payload }) => transport === 'udp' && payload[0] >= 128 && payload[0] < 192)
      .map(({ payload }) => payload)
    keys ??= makeKeys()
    return distinct(media, 200).flatMap((payload, n) => {
      const { session } = keys![n % keys!.length]
      const isRtcp = payload[1] >= 192 && payload[1] <= 223
      const sound = isRtcp
        ? protectRtcp(session, payload.slice(0, 60), n, true, session.srtcpTagLengths[0])
        : payload.length >= 12 && rtpHeaderLength(payload, 0, payload.length) > 0
          ? protectRtp(session, payload, 0)
          : payload
      return [sound, payload].map((bytes) => Uint8Array.of(n % keys!.length, ...bytes))
    })
  },
  run(input) {
    if (input.length === 0) return
    keys ??= makeKeys()
    const { reference, tested } = keys[input[0] % keys.length]
    const packet = input.subarray(1)
    const kind = mediaKind(packet, 0, packet.length, packet.length)
    const header = packet.length >= 12 ? rtpHeaderLength(packet, 0, packet.length) : -1
    promise(header <= packet.length, 'a header is no longer than its packet')
    for (const roc of [0, 1]) {
      const [said, expected] = [tested, reference].map((one) => one.verifyRtp(packet, 0, packet.length, roc))
      promise(said === expected, `the kernel says ${said} of SRTP, node:crypto ${expected}`)
      promise(said !== Verdict.Verified || kind !== MediaKind.Stun, 'what verifies is no STUN')
    }
    const [said, expected] = [tested, reference].map((one) => one.verifyRtcp(packet, 0, packet.length))
    promise(said === expected, `the kernel says ${said} of SRTCP, node:crypto ${expected}`)
  },
}
