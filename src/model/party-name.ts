/** The last digits of a number stay when prefixes are put before it or taken away. */
const SAME_DIGITS = 7

/** The user of a sip, sips or tel URI, a number by its last digits; undefined where nobody is named. */
export function partyName(uri: string): string | undefined {
  const [, user] = /^(?:sips?:([^@;]{1,128})[@;]|tel:([^;]{1,128}))/i.exec(uri)?.filter(Boolean) ?? []
  if (user === undefined || user.toLowerCase() === 'anonymous') return undefined
  const digits = user.replace(/[-.() ]/g, '')
  return /^[+]?[0-9]{7,}$/.test(digits) ? digits.slice(-SAME_DIGITS) : user.toLowerCase()
}
