/** Why two programs differ, with what proves it; the name is that of the rule. */
export interface Reason {
  readonly rule: string
  readonly text: string
}
