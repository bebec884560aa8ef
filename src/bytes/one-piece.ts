/** A text that was put together of pieces keeps all of them, until a character of it is asked for. */
export function inOnePiece(text: string): string {
  text.charCodeAt(0)
  return text
}
