import type { Decrypted } from '../scan/decrypt.ts'
import type { DecryptCounts, PacketCounts } from '../scan/decrypt-counts.ts'
import { counted } from './counted.ts'

/**
 * Whether media is protected, and none of it could be decrypted: what was written holds nothing of it. What may be protected
 * counts where there is no other media: beside media in the clear it may as well be something else that looks like RTP.
 */
export function isInVain(counts: DecryptCounts): boolean {
  const { decrypted, unproven, plain, failed, unverified, unwritable, ofUnknown } = counts
  if (decrypted.size + unproven.size > 0) return false
  const isClear = plain.rtp + plain.rtcp > 0
  return failed + unverified + unwritable > (isClear ? ofUnknown : 0)
}

/**
 * What was decrypted, kept and left out, a line each, and what the captures lack; lines that would say 0 are not there.
 *
 * @param keepsMessages whether anything was written that has SIP in it
 */
export function decryptSummary(counts: Decrypted, keepsMessages: boolean): string[] {
  const { decrypted, unproven, plain } = counts
  const { messages, messagesLeftOut } = keepsMessages ? counts : { messages: 0, messagesLeftOut: 0 }
  const lines = [...decrypted].map(([suite, packets]) => `decrypted under ${suite}: ${packetsText(packets)}`)
  for (const [suite, packets] of unproven) {
    lines.push(`decrypted under ${suite}: ${packetsText(packets)} without a tag; nothing proves that they are right`)
  }
  if (counts.withEncryptedExtensions > 0) {
    const packets = counted(counts.withEncryptedExtensions, 'RTP packet')
    lines.push(`of these, ${packets} with header extensions that stay encrypted (RFC 6904)`)
  }
  if (isInVain(counts)) {
    lines.push('nothing was decrypted, and so it ends with 1; a scan of the same captures and keys says why')
  } else if (lines.length === 0) {
    const isSilent = plain.rtp + plain.rtcp === 0
    lines.push(`nothing to decrypt: ${isSilent ? 'there is no media' : 'none of the media is known to be protected'}`)
  }
  if (plain.rtp + plain.rtcp > 0) lines.push(`kept, for they are in the clear: ${packetsText(plain)}`)
  if (messages > 0) lines.push(`kept without keys: ${counted(messages, 'SIP message')}`)
  const leftOut = [
    [counts.failed, 'that fail under what was agreed'],
    [counts.unverified, 'without a known key, or cut'],
    [counts.unwritable, 'that hold no RTP or RTCP'],
  ] as const
  const packets = leftOut.filter(([count]) => count > 0).map(([count, why]) => `${counted(count, 'packet')} ${why}`)
  if (packets.length > 0) lines.push(`left out: ${packets.join(', ')}`)
  if (messagesLeftOut > 0) lines.push(`left out: ${counted(messagesLeftOut, 'SIP message')} whose body cannot be read`)
  return [...lines, ...counts.losses, ...counts.clocks]
}

function packetsText({ rtp, rtcp }: PacketCounts): string {
  const parts = [
    [rtp, 'RTP'],
    [rtcp, 'RTCP'],
  ] as const
  return parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => counted(count, `${what} packet`))
    .join(', ')
}
