/** The packs that come with the tool, by name; their statements are loaded when one is asked for (`packs.ts`). */
export const PACK_NAMES = [
  'default',
  'zero-trust',
  'tls13-hardened',
  'genesys-byoc-cloud',
  'telnyx',
  'genesys-byoc-premises',
] as const

export type PackName = (typeof PACK_NAMES)[number]

export function isPackName(text: string): text is PackName {
  return (PACK_NAMES as readonly string[]).includes(text)
}
