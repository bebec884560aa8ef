import type { AudioTally } from '../audio/audio-tally.ts'
import { counted } from './counted.ts'

/** What the audio files hold and what is silence in them, a line each; lines that would say 0 are not there. */
export function audioSummary(tally: AudioTally, files: number): string[] {
  const lines = [
    `${counted(files, 'audio file')}: ${
      listed([
        [tally.heard, 'packet', 'decoded'],
        [tally.kept, 'packet', 'kept in their codec'],
      ]) || 'nothing that could be heard'
    }`,
  ]
  const silence = listed([
    [tally.missing, 'packet', 'that did not come in the clear'],
    [tally.late, 'packet', 'that came over 200 ms late'],
    [tally.silent, 'packet', 'of comfort noise or telephone events'],
    [tally.unreadable, 'packet', 'that hold nothing of their codec'],
  ])
  if (silence !== '') lines.push(`silence instead of ${silence}`)
  if (tally.beside > 0)
    lines.push(`not heard: ${counted(tally.beside, 'packet')} beside a newer stream of the same side`)
  const leftOut = [...tally.leftOut].sort().map(([codec, count]) => `${counted(count, 'packet')} of ${codec}`)
  if (leftOut.length > 0) lines.push(`in no audio file: ${leftOut.join(', ')}`)
  const doubtful = listed([
    [tally.jumps, 'time', 'RTP timestamps were over 300 ms off the capture, which was followed'],
    [tally.cuts, 'time', 'a gap was cut short'],
  ])
  if (doubtful !== '') lines.push(`timing: ${doubtful}`)
  return lines
}

function listed(counts: readonly (readonly [count: number, what: string, which: string])[]): string {
  return counts
    .filter(([count]) => count > 0)
    .map(([count, what, which]) => `${counted(count, what)} ${which}`)
    .join(', ')
}
