/** The tag of an a=crypto line for people; -1 is one that cannot be read. */
export function tagText(tag: number | undefined): string {
  return tag === undefined || tag < 0 ? '(unreadable)' : String(tag)
}
