import { main } from '../src/capture/live/cap-process.ts'

/** The entry of the process that captures through cap. */
await main(process.argv.slice(2))
