import type { Codec } from './description.ts'
import { STATIC_PAYLOAD_TYPES } from './static-payload-types.ts'
import type { TransformedSection } from './transform-adapter.ts'

/**
 * The codecs of an m= line in the order of its formats: a=rtpmap first, else the static assignment (RFC 3551 §6).
 * Formats that are no payload types, and dynamic ones without a=rtpmap, yield none.
 */
export function readCodecs(formats: readonly string[], section: TransformedSection): Codec[] {
  const rtpmaps = new Map(section.rtp?.map((rtpmap) => [String(rtpmap.payload), rtpmap]))
  const fmtps = new Map(section.fmtp?.map((fmtp) => [String(fmtp.payload), String(fmtp.config)]))
  return formats.flatMap((format): Codec[] => {
    if (!/^\d{1,3}$/.test(format) || Number(format) > 127) return []
    const payloadType = Number(format)
    const fmtp = fmtps.get(format)
    const rtpmap = rtpmaps.get(format)
    if (rtpmap) {
      const channels = positiveInteger(rtpmap.encoding)
      return [
        {
          payloadType,
          name: String(rtpmap.codec),
          clockRate: positiveInteger(rtpmap.rate) ?? 0,
          ...(channels !== undefined && { channels }),
          ...(fmtp !== undefined && { fmtp }),
        },
      ]
    }
    const assigned = STATIC_PAYLOAD_TYPES.get(payloadType)
    if (!assigned) return []
    const [name, clockRate, channels] = assigned
    return [
      {
        payloadType,
        name,
        clockRate,
        ...(channels !== undefined && { channels }),
        ...(fmtp !== undefined && { fmtp }),
      },
    ]
  })
}

function positiveInteger(value: unknown): number | undefined {
  const number = Number(value)
  return Number.isSafeInteger(number) && number > 0 ? number : undefined
}
