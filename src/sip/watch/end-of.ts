/** Time of the last record of a capture, µs: until then an answer would have been seen in it. */
export type EndOf = (capture: number) => number
