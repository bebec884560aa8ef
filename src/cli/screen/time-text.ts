/** `0:09`, `12:34`, `1:02:03`. */
export function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const pair = (n: number) => String(n).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  return hours > 0 ? `${hours}:${pair(minutes)}:${pair(seconds % 60)}` : `${minutes}:${pair(seconds % 60)}`
}

/** `12:03:04` of µs since 1970, UTC. */
export function clockText(us: number): string {
  return us === 0 ? '--:--:--' : new Date(us / 1000).toISOString().slice(11, 19)
}

const UNITS = ['', 'k', 'M', 'G', 'T'] as const

/** A count in four characters: `999`, `12k`, `1.2M`. */
export function shortNumber(n: number): string {
  let rest = n
  let unit = 0
  while (rest >= 999.5) {
    rest /= 1000
    unit++
  }
  return `${unit > 0 && rest < 9.95 ? rest.toFixed(1) : Math.round(rest)}${UNITS[unit] ?? ''}`
}
