/** LINKTYPE_ values by the names that cap has for them. */
const LINK_TYPES: Readonly<Record<string, number>> = {
  NULL: 0,
  ETHERNET: 1,
  IEEE802_11_RADIO: 127,
  LINKTYPE_LINUX_SLL: 113,
  RAW: 101,
}

/** The LINKTYPE_ value of what cap opens: `ETHERNET`, or `Unknown linktype 228` for one that it has no name for. */
export function linkTypeOf(name: string): number | undefined {
  const number = /^Unknown linktype (\d+)$/.exec(name)?.[1]
  return LINK_TYPES[name] ?? (number === undefined ? undefined : Number(number))
}
