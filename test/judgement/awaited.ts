/** Traces, samples and captures on which the tool falls short of the truth today, and why. They count in the table all the same. */
export const AWAITED: ReadonlyMap<string, string> = new Map([])
