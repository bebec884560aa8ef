import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { type LiveOptions, liveScan } from '../../src/live/live-scan.ts'
import type { Snapshot } from '../../src/live/snapshot.ts'
import type { LargeReport } from '../../src/model/report-objects.ts'

/** Scans a capture as if it came live: in pieces, each when what came before was looked at. */
export async function scanInPieces(
  capture: Uint8Array,
  pieces: number,
  options: Omit<LiveOptions, 'source' | 'onSnapshot' | 'snapshotMs'>,
): Promise<{ report: LargeReport; snapshots: Snapshot[] }> {
  const octets = new PassThrough()
  const looks = new PassThrough({ objectMode: true })
  const snapshots: Snapshot[] = []
  const report = liveScan({
    ...options,
    snapshotMs: 1,
    source: { name: 'eth0', octets, counts: () => ({ received: 1, dropped: 0 }), stop: async () => void octets.end() },
    onSnapshot: (snapshot) => {
      snapshots.push(snapshot)
      looks.emit('look')
    },
  })
  report.catch((error) => looks.emit('error', error))
  for (let n = 0; n < pieces; n++) {
    octets.write(capture.subarray((n * capture.length) / pieces, ((n + 1) * capture.length) / pieces))
    // The look that comes first may have been under way before these octets were.
    await once(looks, 'look')
    await once(looks, 'look')
  }
  octets.end()
  return { report: await report, snapshots }
}
