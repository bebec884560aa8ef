const CODES = { bold: 1, dim: 2, inverse: 7, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const
const COLORS: ReadonlySet<Ink> = new Set(['red', 'green', 'yellow', 'blue', 'cyan'])

export type Ink = keyof typeof CODES

/** Paints text, or leaves it as it is. */
export type Paint = (ink: Ink | undefined, text: string) => string

/** For a terminal. Without colours it still says what is chosen and what is a heading: NO_COLOR is about colours. */
export function terminalPaint(color: boolean): Paint {
  return (ink, text) =>
    ink === undefined || (!color && COLORS.has(ink)) ? text : `\u001b[${CODES[ink]}m${text}\u001b[0m`
}

/** For text alone. */
export const unpainted: Paint = (_, text) => text
