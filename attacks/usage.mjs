import { writeSync } from 'node:fs'

/** Loaded before the command: when it ends, what it used goes to descriptor 3. */
const USAGE = 3
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  writeSync(USAGE, JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakBytes: maxRSS * 1024 }))
})
