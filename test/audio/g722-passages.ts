import { seededOctets } from '../../samples/seeded-random.ts'
import { sine, speechEncoders } from './tone.ts'

/** Octets of G.722 to hold decoders to: speech-like, loud, and any. */
export function g722Passages(): { readonly name: string; readonly octets: Uint8Array }[] {
  const low = sine(320, 16000, 0, 32_000, 9000)
  const high = sine(4700, 16000, 0, 32_000, 4000)
  const swelling = low.map((sample, i) => Math.round((sample + high[i]) * Math.abs(Math.sin(i / 3000))))
  return [
    { name: 'speech', octets: speechEncoders.G722().encode(swelling) },
    { name: 'loud', octets: speechEncoders.G722().encode(sine(1200, 16000, 0, 16_000, 30_000)) },
    { name: 'any', octets: seededOctets('any octets of G.722', 20_000) },
  ]
}
