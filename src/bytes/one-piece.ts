/** V8 leaves out a question whose answer nobody keeps. */
const answer = new Uint16Array(1)

/** A text that was put together of pieces keeps all of them, until a character of it is asked for. */
export function inOnePiece(text: string): string {
  answer[0] = text.charCodeAt(0)
  return text
}
