/** µs since 1970 of a report's time. */
export function microseconds(time: string): number {
  // Date counts milliseconds; the report has six digits behind the second.
  return Date.parse(`${time.slice(0, 19)}Z`) * 1000 + Number(time.slice(20, 26).padEnd(6, '0').replace(/\D/g, '0'))
}

/** `0.2 ms`, `34 ms`, `1.840 s`, `63.1 s`, `12 min 5 s`, `3 h 2 min`: as exact as somebody looks at it. */
export function durationText(us: number): string {
  if (us < 10_000) return `${(us / 1000).toFixed(1)} ms`
  if (us < 999_500) return `${Math.round(us / 1000)} ms`
  if (us < 9_999_500) return `${(us / 1e6).toFixed(3)} s`
  if (us < 99_950_000) return `${(us / 1e6).toFixed(1)} s`
  const seconds = Math.round(us / 1e6)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
