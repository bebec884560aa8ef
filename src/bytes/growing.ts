/** Facts while they are still counted. */
export type Growing<Facts> = {
  -readonly [Name in keyof Facts]: Facts[Name] extends readonly (infer One)[] ? One[] : Facts[Name]
}
